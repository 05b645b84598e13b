import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createStateDir } from './spawn-cli.ts';

/** Where a store of a target answers; JSON, as YAML takes it. */
export interface TargetStores {
  readonly postgres?: Readonly<Record<string, unknown>>;
  readonly redis?: Readonly<Record<string, unknown>>;
  /** Any other settings of the target. */
  readonly [setting: string]: unknown;
}

export const emailChannel = {
  name: 'email',
  queue: 'orchestrator:{email}:queue',
  processing: 'orchestrator:{email}:processing:*',
  stats: 'orchestrator:{email}:stats',
};

/** A state folder, gone after the test, with a `spillway.yaml` in it that defines these targets. */
export async function stateWithTargets(targets: Readonly<Record<string, TargetStores>>): Promise<string> {
  const state = await createStateDir();
  onTestFinished(state.remove);
  await writeFile(join(state.path, 'spillway.yaml'), JSON.stringify({ targets }, null, 2));
  return state.path;
}

/** Control characters, but for newlines and tabs: no text for a pipe may have any. */
export const escapes = /[^\P{Cc}\n\t]/u;
