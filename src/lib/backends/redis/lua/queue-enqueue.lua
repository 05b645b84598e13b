-- Adds messages at the newest end and counts them as injected.
-- KEYS 1 queue  2 stats
-- ARGV messages, the newest last
for first = 1, #ARGV, 1000 do
  redis.call('LPUSH', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('HINCRBY', KEYS[2], 'injected', #ARGV)
return redis.call('LLEN', KEYS[1])
