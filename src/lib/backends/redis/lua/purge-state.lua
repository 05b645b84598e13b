-- Shared by the purge and restore scripts: the run-state as one flat reply, and the guard that keeps two purges of a channel apart.
-- Reply: {'state', LLEN quarantine, LLEN work, LLEN neighbours, field, value, …}, or {'locked', member that is open}, or {'missing'}.
local function state_reply(state, quarantine, work, neighbours)
  local fields = redis.call('HGETALL', state)
  if #fields == 0 then return {'missing'} end
  local reply = {'state', redis.call('LLEN', quarantine), redis.call('LLEN', work), redis.call('LLEN', neighbours)}
  for i = 1, #fields do reply[i + 4] = fields[i] end
  return reply
end

-- A member of the open set is `<purge id>.<part>`; parts of the same purge may be open together.
local function held_by_other(open, purge)
  for _, member in ipairs(redis.call('SMEMBERS', open)) do
    if string.match(member, '^(.*)%.%d+$') ~= purge then return member end
  end
  return nil
end

-- Lua's stack bounds the arguments of one call.
local function push(command, list, values)
  for first = 1, #values, 1000 do
    redis.call(command, list, unpack(values, first, math.min(first + 999, #values)))
  end
end

local function counter(state, field) return tonumber(redis.call('HGET', state, field) or '0') end

-- Forgets the places of the first `count` quarantined messages: whole runs are dropped, the one that is reached is cut.
local function forget_places(places, count)
  if count == 0 then return end
  local runs = redis.call('LRANGE', places, 0, count - 1)
  local whole = 0
  for i = 1, #runs do
    local first, length = string.match(runs[i], '^(%d+) (%d+)$')
    length = tonumber(length)
    if length > count then
      redis.call('LSET', places, i - 1, string.format('%.0f %.0f', tonumber(first) - count, length - count))
      break
    end
    count = count - length
    whole = i
    if count == 0 then break end
  end
  redis.call('LTRIM', places, whole, -1)
end
