-- Starts putting a part back: the queue as it is now becomes the neighbours among which the records find their places.
-- A part that is still scanning is only marked as abandoned: the caller goes on with purge-quarantine, which then gives everything back, and calls again.
-- Modes: `append` nothing was given back, so whatever waits is newer; `exact` all that was given back still waits, so counting finds the places;
-- `anchored` consumers have taken some of it.
-- KEYS 1 state  2 queue  3 quarantine  4 work  5 neighbours  6 open
-- ARGV 1 member  2 purge id
local stage = redis.call('HGET', KEYS[1], 'stage')
if not stage or stage == 'restored' or stage == 'restoring' then return state_reply(KEYS[1], KEYS[3], KEYS[4], KEYS[5]) end
local other = held_by_other(KEYS[6], ARGV[2])
if other then return {'locked', other} end
if stage == 'scanning' then
  redis.call('HSET', KEYS[1], 'abandoned', '1')
  return state_reply(KEYS[1], KEYS[3], KEYS[4], KEYS[5])
end
if counter(KEYS[1], 'matched') == 0 then
  redis.call('HSET', KEYS[1], 'stage', 'restored')
  redis.call('SREM', KEYS[6], ARGV[1])
  return state_reply(KEYS[1], KEYS[3], KEYS[4], KEYS[5])
end
redis.call('SADD', KEYS[6], ARGV[1])
local survivors = counter(KEYS[1], 'survivors')
local mode, arrivals = 'append', 0
if survivors > 0 and redis.call('EXISTS', KEYS[2]) == 1 then
  if redis.call('RENAMENX', KEYS[2], KEYS[5]) == 0 then
    return redis.error_reply('SPILLWAY the key ' .. KEYS[5] .. ' is in use')
  end
  mode = 'anchored'
  arrivals = redis.call('LLEN', KEYS[5]) - survivors
  if arrivals >= 0
    and redis.sha1hex(redis.call('LINDEX', KEYS[5], -1)) == redis.call('HGET', KEYS[1], 'oldest')
    and redis.sha1hex(redis.call('LINDEX', KEYS[5], arrivals)) == redis.call('HGET', KEYS[1], 'newest') then
    mode = 'exact'
  end
end
redis.call('HSET', KEYS[1], 'stage', 'restoring', 'mode', mode, 'arrivals', math.max(arrivals, 0), 'next', '')
return state_reply(KEYS[1], KEYS[3], KEYS[4], KEYS[5])
