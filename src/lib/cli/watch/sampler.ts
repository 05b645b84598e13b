import { messageOf, SpillwayError } from '../../core/errors.ts';
import { planOperation } from '../../engine/execute.ts';
import { type Incident, openIncidentOf } from '../../incident/incident.ts';
import { figuresOf, type WatchFigures } from '../../operations/watch/figures.ts';
import {
  emptyHistory,
  type WatchHistory,
  withFailure,
  withPulse,
  withQueues,
  withServices,
} from '../../operations/watch/history.ts';
import type { WatchSample } from '../../operations/watch/sample.ts';
import type { Session } from '../session.ts';

/** How often services are asked and the journal is read, in milliseconds: they change slowly. */
const slowlyMs = 5_000;
/** A store that fails is asked again after a while that grows up to this. */
const longestWaitMs = 10_000;

interface Source {
  readonly everyMs: number;
  take(): Promise<void>;
  failed(reason: string): void;
  inFlight: boolean;
  failures: number;
  dueMs: number;
}

/**
 * Looks at every part of the target, each by itself: one that is slow or down delays none of the others, and is asked again less often.
 * Everything is read through the operation `watch.sample`, that is with readers only.
 */
export class Sampler {
  readonly #session: Session;
  readonly #signal: AbortSignal;
  readonly #sources: readonly Source[];
  #history: WatchHistory = emptyHistory;
  #incident: Incident | null = null;
  #journalFailure: string | null = null;
  #latest: {
    readonly history: WatchHistory;
    readonly windowSeconds: number;
    readonly nowMs: number;
    readonly figures: WatchFigures;
  } | null = null;

  constructor(session: Session, options: { readonly intervalMs: number; readonly signal: AbortSignal }) {
    this.#session = session;
    this.#signal = options.signal;
    const source = (everyMs: number, take: Source['take'], failed: Source['failed']): Source => ({
      ...{ everyMs, take, failed, inFlight: false, failures: 0, dueMs: Number.NEGATIVE_INFINITY },
    });
    const slow = Math.max(slowlyMs, options.intervalMs);
    const failure = (part: 'database' | 'queues' | 'services') => (reason: string) => {
      this.#history = withFailure(this.#history, part, reason, this.#nowMs());
    };
    this.#sources = [
      source(options.intervalMs, () => this.#takeDatabase(), failure('database')),
      source(options.intervalMs, () => this.#takeQueues(), failure('queues')),
      source(slow, () => this.#takeServices(), failure('services')),
      source(
        slow,
        () => this.#readJournal(),
        (reason) => {
          this.#journalFailure = reason;
        },
      ),
    ];
  }

  get incident(): Incident | null {
    return this.#incident;
  }

  get journalFailure(): string | null {
    return this.#journalFailure;
  }

  /** The figures of the last `windowSeconds`; kept for half a second while nothing new was read, so that keys are answered at once. */
  figures(windowSeconds: number): WatchFigures {
    const nowMs = this.#nowMs();
    const last = this.#latest;
    if (last?.history === this.#history && last.windowSeconds === windowSeconds && nowMs - last.nowMs < 500)
      return last.figures;
    const figures = figuresOf(this.#history, {
      ...{ windowSeconds, nowMs },
      expectedDeliveriesPerSecond: this.#session.env.read.expected.deliveriesPerSecond,
    });
    this.#latest = { history: this.#history, windowSeconds, nowMs, figures };
    return figures;
  }

  /** Asks every part that is due and not still being asked. Resolves when these have answered or failed; `onChange` is called for each. Rejects for a bug only. */
  async tick(onChange: () => void = () => {}): Promise<void> {
    const nowMs = this.#session.env.clock.monotonicMs();
    const due = this.#sources.filter((source) => !source.inFlight && source.dueMs <= nowMs);
    await Promise.all(due.map((source) => this.#ask(source, nowMs, onChange)));
  }

  async #ask(source: Source, nowMs: number, onChange: () => void): Promise<void> {
    source.inFlight = true;
    // A little early is better than a tick late.
    source.dueMs = nowMs + source.everyMs - 50;
    try {
      await source.take();
      source.failures = 0;
    } catch (error) {
      if (this.#signal.aborted) return;
      if (!(error instanceof SpillwayError)) throw error;
      source.failures += 1;
      source.dueMs = nowMs + Math.min(longestWaitMs, source.everyMs * 2 ** (source.failures - 1)) - 50;
      source.failed(messageOf(error));
    } finally {
      source.inFlight = false;
    }
    onChange();
  }

  async #takeDatabase(): Promise<void> {
    const { clock } = this.#session.env;
    const last = this.#history.database.readings.at(-1)?.value;
    const tails = this.#history.database.readings.map((reading) => reading.value.tail);
    const tail = tails.findLast((one) => one.ok);
    const begunMs = clock.monotonicMs();
    const { database } = await this.#sample({
      part: 'database',
      after: tail?.ok === true ? tail.value.cursor : null,
      lastAtEpochSeconds: last?.counters.atEpochSeconds ?? null,
      named: [...this.#history.names.keys()],
    });
    if (database === null) return;
    const tookMs = clock.monotonicMs() - begunMs;
    this.#history = withPulse(this.#history, database, this.#nowMs(), tookMs);
  }

  async #takeQueues(): Promise<void> {
    const { queues } = await this.#sample({ part: 'queues' });
    if (queues !== null) this.#history = withQueues(this.#history, queues, this.#nowMs());
  }

  async #takeServices(): Promise<void> {
    const { services } = await this.#sample({ part: 'services' });
    if (services !== null) this.#history = withServices(this.#history, services, this.#nowMs());
  }

  async #readJournal(): Promise<void> {
    this.#incident = openIncidentOf(await this.#session.env.journal.read());
    this.#journalFailure = null;
  }

  async #sample(input: object): Promise<WatchSample> {
    const operation = await this.#session.operationOf('watch.sample');
    const env = { ...this.#session.env, signal: this.#signal };
    const plan = await planOperation(env, operation, input);
    return plan.data as WatchSample;
  }

  #nowMs(): number {
    return this.#session.env.clock.now().getTime();
  }
}
