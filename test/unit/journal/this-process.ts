import type { ProcessIdentity } from '../../../src/lib/journal/file-lock.ts';

/** This process, and whether others of this machine live. */
export const thisProcess: ProcessIdentity = {
  pid: process.pid,
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
};
