-- Counts one page of a queue, from the newest end.
-- KEYS 1 list  2 stats
-- ARGV 1 first place  2 most messages  3 conditions (JSON)  4 '1' when every message counts  5 the counter `injected` when the count began: later arrivals shift the places; '' = unknown
-- Reply {messages looked at, matched, unreadable, parsed because they have not the form of the first, [conversation, n, …], [client, n, …]}
local all = ARGV[4] == '1'
local conditions = conditions_of(ARGV[3])
local shift = 0
if ARGV[5] ~= '' then
  shift = math.max(0, tonumber(redis.call('HGET', KEYS[2], 'injected') or ARGV[5]) - tonumber(ARGV[5]))
end
local first = tonumber(ARGV[1]) + shift
local messages = redis.call('LRANGE', KEYS[1], first, first + tonumber(ARGV[2]) - 1)
local matched, unreadable, odd = 0, 0, 0
local conversations, clients = {}, {}
local form = form_of(messages[1])

local function add(tally, id)
  if id then tally[id] = (tally[id] or 0) + 1 end
end

local function number(value)
  return type(value) == 'number' and string.format('%.0f', value) or nil
end

for i = 1, #messages do
  local message = messages[i]
  local conversation, activation, client, hit
  local a, b, c = captures_of(message, form)
  if a then
    local place = form.place
    conversation = place.conversationId == 1 and a or place.conversationId == 2 and b or c
    client = place.clientId == 1 and a or place.clientId == 2 and b or c
    hit = all or (#conditions > 0 and fits(conditions, place, a, b, c))
  else
    odd = odd + 1
    local value = parsed(message)
    conversation = value and number(value.conversationId)
    activation = value and number(value.activationId)
    client = value and number(value.clientId)
    if not (conversation and activation and client) then unreadable = unreadable + 1 end
    hit = all or (#conditions > 0 and satisfies(value, conditions))
  end
  if hit then
    matched = matched + 1
    add(conversations, conversation)
    add(clients, client)
  end
end

local function flat(tally)
  local pairs_of = {}
  for id, count in pairs(tally) do
    pairs_of[#pairs_of + 1] = id
    pairs_of[#pairs_of + 1] = count
  end
  return pairs_of
end
return {#messages, matched, unreadable, odd, flat(conversations), flat(clients)}
