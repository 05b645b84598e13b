-- One piece of a restore: puts records (newest first) back among the neighbours, at the consumer end of the queue.
-- `next` is the former position below which everything is still to be put back; a neighbour's position is known when it is an anchor, or follows from the one before it.
-- KEYS 1 state  2 queue  3 quarantine  4 work  5 neighbours  6 anchors  7 totals  8 places
-- ARGV 1 records put back before  2 'archive' or 'quarantine'  3 most neighbours moved  then position, message, position, message, …
local function reply() return state_reply(KEYS[1], KEYS[3], KEYS[4], KEYS[5]) end
local state = KEYS[1]
local records = (#ARGV - 3) / 2
local restored, archived = counter(state, 'restored'), counter(state, 'archived')
if redis.call('HGET', state, 'stage') ~= 'restoring' or restored ~= tonumber(ARGV[1]) then return reply() end
if ARGV[2] == 'archive' and restored + records > archived then
  return redis.error_reply('SPILLWAY more records than were archived')
end
if ARGV[2] == 'quarantine' and (restored < archived or restored + records > counter(state, 'matched')) then
  return redis.error_reply('SPILLWAY the archived records come first')
end
local most = tonumber(ARGV[3])
local mode = redis.call('HGET', state, 'mode')
local arrivals = counter(state, 'arrivals')
local next_position = tonumber(redis.call('HGET', state, 'next'))
if mode == 'exact' and not next_position then next_position = counter(state, 'total') - 1 end
local neighbours = mode == 'append' and {} or redis.call('LRANGE', KEYS[5], 0, most - 1)
local all_loaded = #neighbours < most
local anchors = {}
if mode == 'anchored' and #neighbours > 0 then
  local digests = {}
  for i = 1, #neighbours do digests[i] = redis.sha1hex(neighbours[i]) end
  for first = 1, #digests, 1000 do
    local found = redis.call('HMGET', KEYS[6], unpack(digests, first, math.min(first + 999, #digests)))
    for i = 1, #found do anchors[first + i - 1] = found[i] and tonumber(found[i]) or nil end
  end
end

local out, outs, moved, accepted = {}, 0, 0, 0

-- Whether the next neighbour stands before (is newer than) a record at this position.
local function neighbour_first(position)
  if mode == 'exact' then
    if arrivals > 0 then return true end
    return position < next_position
  end
  local anchor = anchors[moved + 1]
  if anchor and not (next_position and anchor > next_position) then return position < anchor end
  if not next_position then return true end
  return position < next_position
end

local function emit_neighbour()
  moved = moved + 1
  outs = outs + 1
  out[outs] = neighbours[moved]
  if mode == 'exact' then
    if arrivals > 0 then arrivals = arrivals - 1 else next_position = next_position - 1 end
    return
  end
  local anchor = anchors[moved]
  if anchor and not (next_position and anchor > next_position) then
    next_position = anchor - 1
  elseif next_position then
    next_position = next_position - 1
  end
end

local function emit_record(position, message)
  accepted = accepted + 1
  outs = outs + 1
  out[outs] = message
  if next_position and position <= next_position then next_position = position - 1 end
end

for i = 1, records do
  local position, message = tonumber(ARGV[2 + 2 * i]), ARGV[3 + 2 * i]
  while moved < #neighbours and neighbour_first(position) do emit_neighbour() end
  if moved == #neighbours and not all_loaded then break end
  emit_record(position, message)
end

push('RPUSH', KEYS[2], out)
if moved > 0 then redis.call('LTRIM', KEYS[5], moved, -1) end
if accepted > 0 then
  if ARGV[2] == 'archive' then
    redis.call('HINCRBY', KEYS[7], 'archived', -accepted)
  else
    redis.call('LTRIM', KEYS[3], accepted, -1)
    forget_places(KEYS[8], accepted)
  end
  redis.call('HINCRBY', state, 'restored', accepted)
end
redis.call('HSET', state, 'arrivals', arrivals, 'next', next_position or '')
return reply()
