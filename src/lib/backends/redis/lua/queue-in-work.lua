-- Counts matches among the messages in consumers' hands.
-- KEYS 1… lists, where the key space is too large to walk
-- ARGV 1 pattern of those lists  2 most keys to walk  3 conditions (JSON)  4 '1' when every message counts  5 '1' when KEYS are to be used
-- Reply -1 = too many keys to walk, else how many; each list is looked at up to its 1,000 newest
local lists = ARGV[5] == '1' and KEYS or processing_lists(ARGV[1], tonumber(ARGV[2]))
if not lists then return -1 end
local conditions = conditions_of(ARGV[3])
local hits = 0
for _, list in ipairs(lists) do
  if ARGV[4] == '1' then
    hits = hits + redis.call('LLEN', list)
  else
    for _, message in ipairs(redis.call('LRANGE', list, 0, 999)) do
      if matches(message, conditions, nil) then hits = hits + 1 end
    end
  end
end
return hits
