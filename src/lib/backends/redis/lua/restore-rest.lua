-- One piece of a restore's end: the neighbours older than every record go back to the consumer end; when none is left the part is restored.
-- KEYS 1 state  2 queue  3 quarantine  4 work  5 neighbours  6 anchors  7 open
-- ARGV 1 most neighbours moved  2 member
local state = KEYS[1]
if redis.call('HGET', state, 'stage') == 'restoring' and counter(state, 'restored') == counter(state, 'matched') then
  local neighbours = redis.call('LRANGE', KEYS[5], 0, tonumber(ARGV[1]) - 1)
  push('RPUSH', KEYS[2], neighbours)
  redis.call('LTRIM', KEYS[5], #neighbours, -1)
  if redis.call('EXISTS', KEYS[5]) == 0 then
    redis.call('HSET', state, 'stage', 'restored')
    redis.call('SREM', KEYS[7], ARGV[2])
    redis.call('UNLINK', KEYS[6])
  end
end
return state_reply(state, KEYS[3], KEYS[4], KEYS[5])
