/** What the lab can do to itself for real. `calm` gives everything free again that the others hold. */
export const scenarioNames = [
  'error-log-storm',
  'client-flood',
  'lock-pile-up',
  'connection-exhaustion',
  'consumers-stopped',
  'redis-memory',
  'redis-blocked',
  'replication-pressure',
  'left-behind',
  'calm',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Scenarios that last as long as a process of the lab holds them. */
export const heldScenarios = ['lock-pile-up', 'connection-exhaustion'] as const;
export type HeldScenario = (typeof heldScenarios)[number];

export function isHeldScenario(name: string): name is HeldScenario {
  return (heldScenarios as readonly string[]).includes(name);
}

/** Names the scenario's sessions, rows and slot, so that `calm` finds them. */
export const scenarioActor = 'lab scenario';
export const scenarioSlot = 'lab_scenario';
