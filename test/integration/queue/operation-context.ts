import { archiveReader } from '../../../src/lib/archive/archive-reader.ts';
import { archiveWriter } from '../../../src/lib/archive/archive-writer.ts';
import { systemClock } from '../../../src/lib/core/clock.ts';
import { SpillwayError } from '../../../src/lib/core/errors.ts';
import type { Json } from '../../../src/lib/core/json.ts';
import type { WriteContext } from '../../../src/lib/core/operation.ts';
import type { Step } from '../../../src/lib/core/step.ts';
import type { QueueReader, QueueWriter } from '../../../src/lib/drivers/queue/driver.ts';
import type { ReadAccess, WriteAccess } from '../../../src/lib/operations/access.ts';

/** An operation's surroundings without the engine: steps run at once and are kept; a step that is done is skipped, as the engine does. */
export interface OperationContext extends WriteContext<ReadAccess, WriteAccess> {
  readonly steps: Step[];
}

/** Parts of the access that a queue operation must not need; using one says which. */
function absent<Part extends object>(name: string): Part {
  return new Proxy({} as Part, {
    get() {
      return async () => {
        throw new SpillwayError('unreachable', `${name} is down`);
      };
    },
  });
}

/** Everything but the queue and the archive is down. `checkpoint` may throw to stop. */
export function operationContext(options: {
  readonly reader: QueueReader;
  readonly writer: QueueWriter;
  readonly archiveFolder: string;
  readonly checkpoint?: () => Promise<void>;
  readonly expected?: number;
  readonly wrapArchive?: (writer: WriteAccess['archive']) => WriteAccess['archive'];
}): OperationContext {
  const archive = archiveReader(options.archiveFolder);
  const writer = archiveWriter(options.archiveFolder, { messages: 40, bytes: 1_000_000 });
  const read: ReadAccess = {
    orchestrator: absent('orchestrator'),
    database: absent('database'),
    pulse: absent('pulse'),
    queue: options.reader,
    redis: absent('redis'),
    services: absent('services'),
    snapshots: absent('snapshots'),
    notifier: absent('notifier'),
    archive,
    examination: absent('examination'),
    expected: { deliveriesPerSecond: options.expected ?? null },
  };
  const write: WriteAccess = {
    orchestrator: absent('orchestrator'),
    queue: options.writer,
    services: absent('services'),
    snapshots: absent('snapshots'),
    notifier: absent('notifier'),
    archive: options.wrapArchive?.(writer) ?? writer,
  };
  const steps: Step[] = [];
  return {
    ...{ target: 'test', read, clock: systemClock, signal: new AbortController().signal },
    ...{ progress: () => undefined, actor: 'tester@host', runId: 'run-test', steps },
    checkpoint: options.checkpoint ?? (async () => undefined),
    async step(change, undo, effect) {
      const known = steps.find((step) => step.change.id === change.id && step.status === 'done');
      if (known !== undefined) return known.result as Awaited<ReturnType<typeof effect>>;
      const step: Step = {
        ...{ id: `step-${steps.length}`, runId: 'run-test', bookStep: null, operation: 'queue.purge' },
        ...{ change, undo, status: 'intended', result: null, error: null },
        ...{ startedAt: '2026-01-01T00:00:00Z', finishedAt: null, undoneBy: null },
      };
      const index = steps.push(step) - 1;
      const result = await effect(write);
      steps[index] = { ...step, status: 'done', result: result as Json };
      return result;
    },
  };
}
