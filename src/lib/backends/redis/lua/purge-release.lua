-- The commit point of archiving: forgets quarantined messages that are safe on disk, if nobody has released since the caller looked.
-- KEYS 1 state  2 quarantine  3 work  4 neighbours  5 totals  6 places
-- ARGV 1 released before  2 how many  3 the archive's mark
local count = tonumber(ARGV[2])
if redis.call('HGET', KEYS[1], 'stage') == 'quarantined' and counter(KEYS[1], 'archived') == tonumber(ARGV[1])
  and redis.call('LLEN', KEYS[2]) >= count then
  redis.call('LTRIM', KEYS[2], count, -1)
  forget_places(KEYS[6], count)
  redis.call('HINCRBY', KEYS[1], 'archived', count)
  redis.call('HSET', KEYS[1], 'mark', ARGV[3])
  redis.call('HINCRBY', KEYS[5], 'archived', count)
end
return state_reply(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
