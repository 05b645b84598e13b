/**
 * Settles the message in work and, in the same step, takes the next one.
 * KEYS: processing list, stats, queue. ARGV: the message, outcome, client id, error writes left out, take the next (1 or 0),
 * and how few messages in the queue are left alone for a moment after one of them was set aside.
 * Counters move only with the list, so that at every instant
 * injected = processed + waiting + in work (+ what Spillway has taken out).
 * A message that is no longer in the processing list was settled before: nothing is counted twice.
 */
export const settleScript = `
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 then
  if ARGV[2] == 'deferred' then
    if redis.call('LPUSH', KEYS[3], ARGV[1]) <= tonumber(ARGV[6]) then return false end
  else
    redis.call('HINCRBY', KEYS[2], 'processed', 1)
    if ARGV[2] == 'delivered' then
      redis.call('HINCRBY', KEYS[2], 'delivered:' .. ARGV[3], 1)
    else
      redis.call('HINCRBY', KEYS[2], 'failed', 1)
      if ARGV[4] ~= '0' then redis.call('HINCRBY', KEYS[2], 'error_log_dropped', ARGV[4]) end
    end
  end
end
if ARGV[5] == '1' then return redis.call('LMOVE', KEYS[3], KEYS[1], 'RIGHT', 'LEFT') end
return false
`;

/**
 * Gives unfinished messages back to the consumers' end of the queue, in the order in which they had been taken.
 * KEYS: processing list, queue. Returns how many.
 */
export const giveBackScript = `
local given = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do given = given + 1 end
return given
`;
