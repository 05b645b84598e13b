-- Starts a part of a purge: sets the whole queue aside under another name, in one step whatever its length.
-- KEYS 1 queue  2 state  3 work  4 quarantine  5 neighbours  6 purges (set of all parts)  7 open (set of unfinished parts)  8 places
-- ARGV 1 member `<purge id>.<part>`  2 purge id  3 part  4 channel  5 selector (JSON)  6 '1' when every message is taken
if redis.call('EXISTS', KEYS[2]) == 0 then
  local other = held_by_other(KEYS[7], ARGV[2])
  if other then return {'locked', other} end
  local all = ARGV[6] == '1'
  local aside = all and KEYS[4] or KEYS[3]
  if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('RENAMENX', KEYS[1], aside) == 0 then
    return redis.error_reply('SPILLWAY the key ' .. aside .. ' is in use')
  end
  local total = redis.call('LLEN', aside)
  if all and total > 0 then redis.call('RPUSH', KEYS[8], string.format('%.0f %.0f', total - 1, total)) end
  local now = redis.call('TIME')
  redis.call('HSET', KEYS[2],
    'purge', ARGV[2], 'part', ARGV[3], 'channel', ARGV[4], 'selector', ARGV[5], 'openedMs', now[1] .. string.sub(string.format('%06d', now[2]), 1, 3),
    'stage', (all or total == 0) and 'quarantined' or 'scanning', 'total', total,
    'scanned', all and total or 0, 'matched', all and total or 0, 'survivors', 0, 'archived', 0, 'restored', 0, 'mark', '')
  redis.call('SADD', KEYS[6], ARGV[1])
  redis.call('SADD', KEYS[7], ARGV[1])
end
return state_reply(KEYS[2], KEYS[4], KEYS[3], KEYS[5])
