/**
 * The process entry of the lab, and its only file that touches `process`.
 *   node entry.js service <name> <lab.json>            runs a service until SIGTERM
 *   node entry.js control restart <name> <lab folder>  restarts a service and waits until it answers
 *   node entry.js scenario <name> <lab.json>           holds what a scenario needs until SIGTERM
 */
import { messageOf } from '../core/errors.ts';
import type { LabHost } from './host.ts';
import { isProcessName } from './names.ts';
import { requireRecord } from './record.ts';
import { isHeldScenario } from './scenarios/names.ts';

const [mode, first, second, third] = process.argv.slice(2);

try {
  if (mode === 'service' && first !== undefined && isProcessName(first) && second !== undefined) {
    const { runService } = await import('./services/run-service.ts');
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    await runService({
      name: first,
      record: requireRecord(second),
      pid: process.pid,
      stop: stop.signal,
      write: (line) => process.stdout.write(`${line}\n`),
    });
  } else if (mode === 'scenario' && first !== undefined && isHeldScenario(first) && second !== undefined) {
    const { holdScenario } = await import('./scenarios/hold.ts');
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    await holdScenario(first, requireRecord(second), stop.signal, (line) =>
      process.stdout.write(`${line}\n`),
    );
  } else if (
    mode === 'control' &&
    first === 'restart' &&
    second !== undefined &&
    isProcessName(second) &&
    third
  ) {
    const { restartLabService } = await import('./restart.ts');
    const host: LabHost = {
      nodePath: process.execPath,
      pid: process.pid,
      uid: process.getuid?.() ?? -1,
      environment: process.env,
      signal: (pid, signal) => process.kill(pid, signal),
    };
    const { pid } = await restartLabService({ host, labFolder: third, name: second });
    process.stdout.write(`${second} restarted, pid ${pid}\n`);
  } else {
    process.stderr.write(
      'usage: entry service <name> <lab.json> | entry control restart <name> <lab folder>\n',
    );
    process.exitCode = 2;
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
