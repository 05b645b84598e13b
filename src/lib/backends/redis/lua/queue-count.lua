-- Counts one page of a queue, from the newest end.
-- KEYS 1 list  2 stats
-- ARGV 1 first place  2 most messages  3 conditions (JSON)  4 '1' when every message counts  5 the counter `injected` when the count began: later arrivals shift the places; '' = unknown
-- Reply {messages looked at, matched, unreadable, parsed because the usual spelling could not tell, [conversation, n, …], [client, n, …]}
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
local byte = string.byte

local function add(tally, id)
  if id then tally[id] = (tally[id] or 0) + 1 end
end

local function number(value)
  return type(value) == 'number' and string.format('%.0f', value) or nil
end

for i = 1, #messages do
  local message = messages[i]
  local conversation, activation, client = false, false, false
  local usual, hit = false, all
  if byte(message, 1) == 123 and byte(message, -1) == 125 and not find(message, '\\', 1, true) then
    conversation = digits_after(message, '"conversationId":', '"conversationId"')
    activation = digits_after(message, '"activationId":', '"activationId"')
    client = digits_after(message, '"clientId":', '"clientId"')
    usual = conversation and activation and client
  end
  if usual and not all then
    hit = #conditions > 0
    for c = 1, #conditions do
      local field = conditions[c].field
      local digits = field == 'conversationId' and conversation or field == 'activationId' and activation or client
      if not conditions[c].digits[digits] then
        hit = false
        break
      end
    end
    if hit then
      hit = satisfies(parsed(message), conditions)
      if not hit then unreadable = unreadable + 1 end
    end
  elseif not usual then
    odd = odd + 1
    local value = parsed(message)
    conversation = value and number(value.conversationId)
    activation = value and number(value.activationId)
    client = value and number(value.clientId)
    if not (conversation and activation and client) then unreadable = unreadable + 1 end
    if not all then hit = #conditions > 0 and satisfies(value, conditions) end
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
