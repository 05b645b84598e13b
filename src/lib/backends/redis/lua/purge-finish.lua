-- Ends a part whose quarantine is empty.
-- KEYS 1 state  2 quarantine  3 work  4 neighbours  5 open
-- ARGV 1 member
if redis.call('HGET', KEYS[1], 'stage') == 'quarantined' and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('HSET', KEYS[1], 'stage', 'archived')
  redis.call('SREM', KEYS[5], ARGV[1])
end
return state_reply(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
