-- Shared by the reading queue scripts: the lists of messages in consumers' hands. Such a list exists only while it holds a message, so the names must be found in the same atom as
-- they are measured; a key space too large to walk in one atom answers nil, and the caller finds the names beforehand.
local function processing_lists(pattern, most_keys)
  if redis.call('DBSIZE') > most_keys then return nil end
  local names, cursor = {}, '0'
  repeat
    local page = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 2000, 'TYPE', 'list')
    cursor = page[1]
    for _, name in ipairs(page[2]) do names[name] = true end
  until cursor == '0'
  local lists = {}
  for name in pairs(names) do lists[#lists + 1] = name end
  return lists
end
