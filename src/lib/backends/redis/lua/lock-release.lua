-- Gives the lock back if it is still held under this token.
-- KEYS[1] lock hash; ARGV[1] token. Returns 1 or 0.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
