import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../../../src/lib/core/plan.ts';
import type { QueuePurgeData } from '../../../src/lib/operations/queue/purge-plan.ts';
import { purgeBench } from './purge-bench.ts';

/** Runs the kept plan (purge or restore) and ends itself with SIGKILL at step `dieAt`; exits 0 when it gets to the end. */
const { port, folder, action, dieAt } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly port: number;
  readonly folder: string;
  readonly action: 'purge' | 'restore';
  readonly dieAt: number;
};
let step = 0;
const bench = purgeBench({
  port,
  folder,
  atStep: () => {
    step += 1;
    if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  },
});
const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as Plan<QueuePurgeData>;
await bench[action](plan);
await bench.close();
