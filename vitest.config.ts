import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

interface ProjectOptions {
  /** Most time for one test, in milliseconds: against hanging, not a measure of speed. */
  readonly timeoutMs: number;
  /** Starts the shared PostgreSQL (test/servers). */
  readonly servers: boolean;
  /** Runs after all others, one file at a time: it needs the machine for itself. */
  readonly alone?: boolean;
}

/** A project is a folder of `test/`. */
function project(
  name: string,
  { timeoutMs, servers, alone = false }: ProjectOptions,
): TestProjectConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup: servers ? ['test/servers/global-setup.ts'] : [],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      ...(alone ? { maxWorkers: 1, sequence: { groupOrder: 1 } } : {}),
      // the oclif commands write to the real console, and captureOutput must see it
      disableConsoleIntercept: true,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      project('architecture', { timeoutMs: 120_000, servers: false }),
      project('unit', { timeoutMs: 120_000, servers: false }),
      project('contract', { timeoutMs: 180_000, servers: true }),
      project('integration', { timeoutMs: 240_000, servers: true }),
      project('cli', { timeoutMs: 240_000, servers: true }),
      project('fault', { timeoutMs: 300_000, servers: true }),
      project('e2e', { timeoutMs: 600_000, servers: false, alone: true }),
    ],
  },
});
