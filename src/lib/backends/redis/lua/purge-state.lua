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
