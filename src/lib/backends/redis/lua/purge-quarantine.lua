-- One piece of a purge: the newest messages of what was set aside; matches to the quarantine, their positions (as runs `first length`, falling) to the places, the others back to the
-- consumer end of the queue. Positions count from the consumer end. The first message given back in a piece is an anchor: its digest and position let a restore find how far the queue has moved on.
-- KEYS 1 state  2 work  3 queue  4 quarantine  5 neighbours  6 anchors  7 places
-- ARGV 1 most messages  2 conditions (JSON)
if redis.call('HGET', KEYS[1], 'stage') ~= 'scanning' then return state_reply(KEYS[1], KEYS[4], KEYS[2], KEYS[5]) end
local abandoned = redis.call('HGET', KEYS[1], 'abandoned') == '1'
local conditions = abandoned and {} or conditions_of(ARGV[2])
local top = counter(KEYS[1], 'total') - counter(KEYS[1], 'scanned')
local messages = redis.call('LRANGE', KEYS[2], 0, tonumber(ARGV[1]) - 1)
local form = not abandoned and form_of(messages[1]) or nil
local taken, kept, places, anchor = {}, {}, {}, nil
local takes, keeps, run = 0, 0, 0
for i = 1, #messages do
  local message = messages[i]
  if matches(message, conditions, form) then
    takes = takes + 1
    taken[takes] = message
    run = run + 1
  else
    keeps = keeps + 1
    kept[keeps] = message
    anchor = anchor or top - i
    if run > 0 then
      places[#places + 1] = (top - i + run) .. ' ' .. run
      run = 0
    end
  end
end
if run > 0 then places[#places + 1] = (top - #messages - 1 + run) .. ' ' .. run end
push('RPUSH', KEYS[7], places)
push('RPUSH', KEYS[4], taken)
push('RPUSH', KEYS[3], kept)
redis.call('LTRIM', KEYS[2], #messages, -1)
if anchor then
  local newest, oldest = redis.sha1hex(kept[1]), redis.sha1hex(kept[keeps])
  -- two anchors with the same bytes tell nothing
  if redis.call('HSETNX', KEYS[6], newest, anchor) == 0 then redis.call('HSET', KEYS[6], newest, '') end
  redis.call('HSETNX', KEYS[1], 'newest', newest)
  redis.call('HSET', KEYS[1], 'oldest', oldest)
end
redis.call('HINCRBY', KEYS[1], 'scanned', #messages)
redis.call('HINCRBY', KEYS[1], 'matched', takes)
redis.call('HINCRBY', KEYS[1], 'survivors', keeps)
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('HSET', KEYS[1], 'stage', 'quarantined') end
return state_reply(KEYS[1], KEYS[4], KEYS[2], KEYS[5])
