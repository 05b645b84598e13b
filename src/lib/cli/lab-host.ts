import type { LabHost } from '../lab/host.ts';

/** This process and machine, as the lab needs them. */
export function labHost(): LabHost {
  return {
    nodePath: process.execPath,
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    environment: process.env,
    signal: (pid, signal) => {
      process.kill(pid, signal);
    },
  };
}
