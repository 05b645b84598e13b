-- The run-state of a part.
-- KEYS 1 state  2 quarantine  3 work  4 neighbours
return state_reply(KEYS[1], KEYS[2], KEYS[3], KEYS[4])
