-- Takes the lock of the target.
-- KEYS[1] lock hash {token, holder}, KEYS[2] counter of fencing tokens
-- ARGV[1] holder as JSON, ARGV[2] lifetime in ms, ARGV[3] holder as JSON that may be replaced, or ''
-- Returns {1, token, former holder or ''} or {0, 0, holder}.
local held = redis.call('HGET', KEYS[1], 'holder')
if held and held ~= ARGV[3] then
  return {0, 0, held}
end
local token = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'token', token, 'holder', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1, token, held or ''}
