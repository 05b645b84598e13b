-- One consistent reading of a channel.
-- KEYS 1 queue  2 stats  3 open (set of unfinished purge parts)  4 totals  5… lists of messages in work, where the key space is too large to walk
-- ARGV 1 pattern of those lists  2 most keys to walk  3 prefix of a part's keys  4 '1' when KEYS 5… are to be used
-- Reply {'many'} or {'depth', waiting, held, processing, quarantined, archived, injected, processed, failed, oldest message, seconds, microseconds}
local lists = {}
if ARGV[4] == '1' then
  for i = 5, #KEYS do lists[#lists + 1] = KEYS[i] end
else
  lists = processing_lists(ARGV[1], tonumber(ARGV[2]))
  if not lists then return {'many'} end
end
local processing = 0
for _, list in ipairs(lists) do processing = processing + redis.call('LLEN', list) end
local held, quarantined, oldest = 0, 0, nil
for _, member in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  for _, name in ipairs({':work', ':neighbours'}) do
    local aside = ARGV[3] .. member .. name
    held = held + redis.call('LLEN', aside)
    oldest = oldest or redis.call('LINDEX', aside, -1) or nil
  end
  quarantined = quarantined + redis.call('LLEN', ARGV[3] .. member .. ':quarantine')
end
oldest = oldest or redis.call('LINDEX', KEYS[1], -1)
local stats = redis.call('HMGET', KEYS[2], 'injected', 'processed', 'failed')
local now = redis.call('TIME')
return {
  'depth', redis.call('LLEN', KEYS[1]) + held, held, processing, quarantined, redis.call('HGET', KEYS[4], 'archived'),
  stats[1], stats[2], stats[3], oldest, now[1], now[2],
}
