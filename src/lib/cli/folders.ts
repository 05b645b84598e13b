import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folders of this program, by the XDG base directory specification. */
export interface Folders {
  /** Journals, archives, snapshots, the lab: mode 0700. */
  readonly state: string;
  readonly config: string;
  readonly lab: string;
  readonly working: string;
}

/** Reads the environment once. */
export function folders(): Folders {
  const { env } = process;
  const absolute = (value: string | undefined, fallback: string) =>
    value?.startsWith('/') ? value : join(homedir(), fallback);
  const state = join(absolute(env['XDG_STATE_HOME'], '.local/state'), 'spillway');
  return {
    state,
    config: join(absolute(env['XDG_CONFIG_HOME'], '.config'), 'spillway'),
    lab: join(state, 'lab'),
    working: process.cwd(),
  };
}
