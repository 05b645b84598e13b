-- Shared by the queue scripts: does a message satisfy the selector's conditions?
-- A full parse (cjson) is the reference. Most messages are told apart without it, by the usual spelling `"conversationId":12,`: sure only when the message holds no backslash
-- (so no escape can hide or fake a name) and the name stands in it exactly once, followed by plain digits. Every other message, and every hit, is parsed.
-- Conditions: a list of {field = name, needle = '"name":', name = '"name"', digits = set of texts, numbers = set of numbers}; all must hold.
local find, sub, match = string.find, string.sub, string.match

local function conditions_of(json)
  local conditions = {}
  for i, wanted in ipairs(cjson.decode(json)) do
    local condition = {
      field = wanted.field, needle = '"' .. wanted.field .. '":', name = '"' .. wanted.field .. '"', digits = {}, numbers = {},
    }
    for _, id in ipairs(wanted.ids) do
      condition.digits[string.format('%.0f', id)] = true
      condition.numbers[id] = true
    end
    conditions[i] = condition
  end
  return conditions
end

-- The digits after a field's name; nil = certainly no such field; false = only a parse can tell. Not to be asked for a message with a backslash.
local function digits_after(message, needle, name)
  local _, last = find(message, needle, 1, true)
  if not last then
    if find(message, name, 1, true) then return false end
    return nil
  end
  local digits, after = match(message, '^(%d+)([,}])', last + 1)
  if not digits or (#digits > 1 and sub(digits, 1, 1) == '0') or #digits > 15 then return false end
  if find(message, name, last, true) then return false end
  return digits
end

local function parsed(message)
  local ok, value = pcall(cjson.decode, message)
  if ok and type(value) == 'table' then return value end
  return nil
end

local function satisfies(value, conditions)
  if not value then return false end
  for i = 1, #conditions do
    local condition = conditions[i]
    if not condition.numbers[value[condition.field]] then return false end
  end
  return true
end

-- Two results: whether it matches; the parsed message where it had to be parsed.
local function matches(message, conditions)
  local first = conditions[1]
  if not first then return false end
  if not find(message, '\\', 1, true) then
    local digits = digits_after(message, first.needle, first.name)
    if digits == nil or (digits and not first.digits[digits]) then return false end
  end
  local value = parsed(message)
  if satisfies(value, conditions) then return true, value end
  return false, value
end
