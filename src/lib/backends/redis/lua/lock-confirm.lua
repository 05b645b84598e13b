-- Heartbeat: prolongs the lock if it is still held under this token.
-- KEYS[1] lock hash; ARGV[1] token, ARGV[2] lifetime in ms. Returns 1 or 0.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
