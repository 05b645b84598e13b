-- Shared by the queue scripts: does a message satisfy the selector's conditions?
-- A full parse (cjson) is the reference. It costs more than everything else, so two quicker ways come first, both exact:
-- 1. The form of the page's first message, learned as a pattern: `^{"id":"[^"]*","conversationId":(%d+),…}$`. A message of that form without a backslash or NUL byte is JSON, and its
--    ids are the captures.
-- 2. Where the form is another: the usual spelling `"conversationId":12,`. When no backslash can hide or fake a name, and the name stands in the message once, followed by plain digits
--    that are not wanted, it does not match. Every other message is parsed, every hit of this kind too.
-- Conditions: a list of {field, needle = '"name":', name = '"name"', digits = set of texts, numbers = set of numbers}; all must hold.
local find, sub, match, byte = string.find, string.sub, string.match, string.byte

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

local function parsed(message)
  local ok, value = pcall(cjson.decode, message)
  if ok and type(value) == 'table' then return value end
  return nil
end

-- The form of a message: {pattern, place = {field → number of its capture}}, or nil for one that is nested, unusual, or lacks an id.
local function form_of(message)
  if not message or byte(message, 1) ~= 123 or find(message, '\\', 1, true) or find(message, '\0', 1, true) then return nil end
  if not parsed(message) then return nil end
  local pattern, place, captures, seen, at = {'^{'}, {}, 0, {}, 2
  while true do
    local key, value = match(message, '^"([^"]*)":()', at)
    if not key or seen[key] then return nil end
    seen[key] = true
    pattern[#pattern + 1] = '"' .. string.gsub(key, '%W', '%%%0') .. '":'
    local stop = match(message, '^"[^"]*"()', value)
    if stop then
      pattern[#pattern + 1] = '"[^"]*"'
    else
      stop = match(message, '^%d+()', value)
      if stop and (key == 'conversationId' or key == 'activationId' or key == 'clientId') then
        captures = captures + 1
        place[key] = captures
        pattern[#pattern + 1] = '(%d+)'
      elseif stop then
        pattern[#pattern + 1] = '%d+'
      else
        stop = match(message, '^%l+()', value)
        if not stop then return nil end
        pattern[#pattern + 1] = sub(message, value, stop - 1)
      end
    end
    local separator = sub(message, stop, stop)
    pattern[#pattern + 1] = separator
    if separator == '}' then
      if stop ~= #message or captures ~= 3 then return nil end
      pattern[#pattern + 1] = '$'
      return {pattern = table.concat(pattern), place = place}
    end
    if separator ~= ',' then return nil end
    at = stop + 1
  end
end

local function plain(digits) return #digits <= 15 and (#digits == 1 or byte(digits, 1) ~= 48) end

-- The three captures of a message that has the form, in the form's order; nil for any other.
local function captures_of(message, form)
  if not form or find(message, '\\', 1, true) or find(message, '\0', 1, true) then return nil end
  local a, b, c = match(message, form.pattern)
  if a and plain(a) and plain(b) and plain(c) then return a, b, c end
  return nil
end

-- The digits after a field's name; nil = certainly no such field; false = only a parse can tell. Not to be asked for a message with a backslash.
local function digits_after(message, needle, name)
  local _, last = find(message, needle, 1, true)
  if not last then
    if find(message, name, 1, true) then return false end
    return nil
  end
  local digits, after = match(message, '^(%d+)([,}])', last + 1)
  if not digits or not plain(digits) then return false end
  if find(message, name, last, true) then return false end
  return digits
end

local function satisfies(value, conditions)
  if not value then return false end
  for i = 1, #conditions do
    local condition = conditions[i]
    if not condition.numbers[value[condition.field]] then return false end
  end
  return true
end

local function fits(conditions, place, a, b, c)
  for i = 1, #conditions do
    local condition = conditions[i]
    local at = place[condition.field]
    if not condition.digits[at == 1 and a or at == 2 and b or c] then return false end
  end
  return true
end

local function matches(message, conditions, form)
  local first = conditions[1]
  if not first then return false end
  local a, b, c = captures_of(message, form)
  if a then return fits(conditions, form.place, a, b, c) end
  if not find(message, '\\', 1, true) then
    local digits = digits_after(message, first.needle, first.name)
    if digits == nil or (digits and not first.digits[digits]) then return false end
  end
  return satisfies(parsed(message), conditions)
end
