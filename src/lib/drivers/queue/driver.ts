import type { Selector } from './selector.ts';

export type { Selector } from './selector.ts';

/**
 * The contract of a queue driver. A target has one queue a channel; producers add at the newest end, consumers take from the oldest, which is called the consumer end.
 * Messages are bytes: no driver changes, re-encodes or reorders them beyond what is said here.
 *
 * A purge takes the matching messages of ONE channel out, in bounded pieces, each of them atomic in the store, with counters that move in the same atom:
 *
 *   openPurge     The queue's whole content at this instant is set aside in one cheap atom (no copying). From here on consumers see only what the purge gives back and what
 *                 arrives: relief is immediate, and what arrives after this instant is never touched.
 *   quarantine    Goes through what was set aside from the newest message to the oldest. A match goes to the quarantine with its position, everything else back to the consumer
 *                 end of the queue, so that at the end the rest stands in its old order before the arrivals. `all` needs no such pass.
 *   readQuarantined, release   The archive's half: read a batch, write it durably, then release exactly that many: the store's counter `archived` is the commit point.
 *   finishPurge   Nothing is left in the quarantine.
 *
 * and a restore goes backwards: openRestore, restore (batches of records, newest first; counter `restored`), finishRestore.
 *
 * What holds at every instant, a kill -9 of either side included: each message is in exactly one of queue, set aside, quarantine, archive, or a consumer's hands; every method can
 * be called again with the same arguments and goes on where the store's counters stand. A method whose answer was lost throws `unknown-outcome`; calling it again is safe.
 *
 * Order. While consumers are stopped, the queue after a purge is the queue before it without the matches, byte for byte; after the restore it is the queue before the purge
 * with the arrivals behind it. While consumers run they take what is at the consumer end, so in the seconds that a purge or restore lasts they may get a newer message before an
 * older one that is still set aside. A restore puts a message before and behind the same neighbours as formerly, as far as they are still waiting; messages older than all that is
 * left go to the consumer end in their old order. Arrivals stay behind everything older.
 *
 * Messages in a consumer's hands (processing) are never touched. A consumer may put one back into the queue (as an arrival); a purge is therefore repeated as a further *part*.
 */
export interface QueueReader {
  /** Names of the channels, in the configured order. */
  channels(): readonly string[];
  /** One consistent reading for each channel. `channels` limits it to some. */
  depths(channels?: readonly string[]): Promise<readonly QueueDepth[]>;
  /** What a selector would take, counted in the store page by page; other clients of the store wait for one page at most. */
  count(selector: Selector, options?: CountOptions): Promise<QueueCount>;
  /**
   * Whose messages wait, estimated: a few pages spread evenly over each queue, counted in the store. The cost is bounded by `pages` and `pageSize`, whatever the length; a queue that is
   * not longer than that is counted whole. Neighbours in a queue are alike, so an interval must be built from pages and not from messages. What a purge has set aside is not looked at.
   */
  sample(options: SampleOptions): Promise<readonly QueueSample[]>;
  /** A few messages as they are, without taking them; `selector` filters within a bounded number of messages looked at. */
  peek(channel: string, options: PeekOptions): Promise<Peek>;
  /** The run-states of all purges that the store knows, oldest first. */
  purges(): Promise<readonly PurgeState[]>;
  /** The run-states (every channel and part) of one purge; empty when the store knows none. */
  purge(purgeId: string): Promise<readonly PurgeState[]>;
}

/** Errors: `locked` when another purge or restore is open on the channel, `usage` for an unknown channel, else those of the store's connection. */
export interface QueueWriter {
  /** Adds messages at the newest end, in order (the last one is the newest), and counts them as injected in the same atom. Resolves to the messages then waiting. */
  enqueue(channel: string, messages: readonly Buffer[]): Promise<number>;
  /** Starts a part of a purge, or returns the state of the same part when it was started before. */
  openPurge(part: PurgePart, selector: Selector): Promise<PurgeState>;
  /** Goes on quarantining for about `budgetMs`, in atomic pieces. Does nothing when the stage is past `scanning`. */
  quarantine(part: PurgePart, budgetMs: number): Promise<PurgeState>;
  /** The next messages of the quarantine, newest first, without taking them; `skip` leaves the first ones out. */
  readQuarantined(part: PurgePart, count: number, skip?: number): Promise<readonly QueueRecord[]>;
  /**
   * The commit point of archiving: forgets the next `count` quarantined messages, if exactly `expected` were released before. `mark` is kept with the counter and handed back in
   * the state: the archive's own note of how far it has come. When the counter stands elsewhere, nothing happens and the state tells where.
   */
  release(
    part: PurgePart,
    piece: { readonly expected: number; readonly count: number; readonly mark: string },
  ): Promise<PurgeState>;
  /** Ends a part whose quarantine is empty; the channel is free for another purge when no part of this one is open. */
  finishPurge(part: PurgePart): Promise<PurgeState>;
  /**
   * Starts putting back. A part that was still scanning only stops taking: its stage stays `scanning`, `quarantine` then gives the rest of what it had set aside back unfiltered,
   * and `openRestore` is called again when it is through.
   */
  openRestore(part: PurgePart): Promise<PurgeState>;
  /**
   * Puts all of `records` back, newest first, in atomic pieces, if exactly `expected` records were put back before: first those that were archived (from the archive), then those
   * still in quarantine (`from` says which). When the counter `restored` stands elsewhere, nothing happens and the state tells where.
   */
  restore(
    part: PurgePart,
    piece: {
      readonly expected: number;
      readonly from: RecordSource;
      readonly records: readonly QueueRecord[];
    },
  ): Promise<PurgeState>;
  /** Gives the rest of the neighbours back for about `budgetMs`; the stage is `restored` when all is done, else call again. */
  finishRestore(part: PurgePart, budgetMs: number): Promise<PurgeState>;
}

export type RecordSource = 'archive' | 'quarantine';

/** One channel. All numbers were read in one atom: injected = delivered + failed + waiting + processing + quarantined + archived, where the orchestrator counts `injected`. */
export interface QueueDepth {
  readonly channel: string;
  /** Messages not yet taken by a consumer, including `held`. */
  readonly waiting: number;
  /** Of the waiting ones those that an open purge or restore has set aside: consumers do not see them until it goes on. */
  readonly held: number;
  /** Messages in consumers' hands. */
  readonly processing: number;
  /** `enqueuedAt` of the message at the consumer end: ISO-8601, null when there is none or it does not say. */
  readonly oldestEnqueuedAt: string | null;
  /** Counter of the orchestrator; null when it keeps none. */
  readonly injected: number | null;
  /** Delivered and failed. */
  readonly processed: number;
  readonly delivered: number;
  readonly failed: number;
  /** Taken out of the queue by purges, still in the store. */
  readonly quarantined: number;
  /** Released from the store after archiving, less what was restored; over all purges of the channel. */
  readonly archived: number;
  /** The store's clock at the reading, epoch milliseconds. */
  readonly atMs: number;
}

export interface CountOptions {
  readonly channels?: readonly string[];
  /** Looks only at so many messages of each channel, from the newest end. */
  readonly newest?: number;
  readonly signal?: AbortSignal;
  /** Called after each page with the messages looked at so far and those there were at the start. */
  readonly onProgress?: (scanned: number, total: number) => void;
}

export interface SampleOptions {
  readonly channels?: readonly string[];
  /** Pages of each channel. */
  readonly pages: number;
  /** Messages of each page. */
  readonly pageSize: number;
  readonly signal?: AbortSignal;
}

/** The sample of one channel. */
export interface QueueSample {
  readonly channel: string;
  /** When the sample began; what consumers see. */
  readonly waiting: number;
  /** From the newest end to the oldest. */
  readonly pages: readonly SampledPage[];
}

export interface SampledPage {
  /** Place of its first message, 0-based, counted from the newest end. */
  readonly place: number;
  readonly messages: number;
  readonly byConversation: readonly Tally[];
  readonly byClient: readonly Tally[];
}

export interface QueueCount {
  readonly scanned: number;
  readonly matched: number;
  readonly byConversation: readonly Tally[];
  readonly byClient: readonly Tally[];
  readonly byChannel: readonly ChannelTally[];
  /** Not JSON, or without conversation, activation and client as numbers. A `match` leaves them where they are. */
  readonly unreadable: number;
  /** Matches in consumers' hands, which a purge does not touch. */
  readonly inWork: number;
  /** How messages were told apart, exactly in both cases: `needle` = by the form that most of them share; `parse` = most had to be parsed (spaces, escapes, nesting). */
  readonly method: 'needle' | 'parse';
}

/** Most messages first. */
export interface Tally {
  readonly id: number;
  readonly messages: number;
}

export interface ChannelTally {
  readonly channel: string;
  readonly waiting: number;
  readonly scanned: number;
  readonly matched: number;
  readonly inWork: number;
  readonly unreadable: number;
  /** The orchestrator's counter when the count began, null when it keeps none. */
  readonly injected: number | null;
}

export interface PeekOptions {
  /** `oldest` = the consumer end. */
  readonly end: 'oldest' | 'newest';
  /** Most messages shown. */
  readonly count: number;
  readonly selector?: Selector;
  /** Most messages looked at for a selector; 20,000 when left out. */
  readonly lookAt?: number;
}

export interface Peek {
  readonly waiting: number;
  readonly lookedAt: number;
  readonly messages: readonly PeekedMessage[];
}

export interface PeekedMessage {
  /** 0-based, counted from the end that was asked for. */
  readonly place: number;
  readonly raw: Buffer;
}

/** A message and its place. */
export interface QueueRecord {
  /** 0-based, counted from the consumer end at the instant of `openPurge`. */
  readonly position: number;
  readonly raw: Buffer;
}

/** A part of a purge: every part goes through one channel once. Parts are numbered from 1; a restore goes through them backwards. */
export interface PurgePart {
  /** Letters, digits, `-` and `_`. */
  readonly purgeId: string;
  readonly channel: string;
  readonly part: number;
}

/** `scanning` → `quarantined` → `archived`; `restoring` → `restored` from any of them. */
export type PurgeStage = 'scanning' | 'quarantined' | 'archived' | 'restoring' | 'restored';

/** What the store knows of a part; moves with the data, in the same atoms. */
export interface PurgeState extends PurgePart {
  readonly stage: PurgeStage;
  readonly selector: Selector;
  /** ISO-8601, by the store's clock. */
  readonly openedAt: string;
  /** Messages that were in the queue at `openPurge`. */
  readonly total: number;
  readonly scanned: number;
  /** Taken into quarantine. */
  readonly matched: number;
  /** Given back to the queue. */
  readonly survivors: number;
  /** Released after archiving. */
  readonly archived: number;
  /** Records put back. */
  readonly restored: number;
  /** In quarantine now. */
  readonly quarantined: number;
  /** Set aside now: consumers do not see them. */
  readonly held: number;
  /** What `release` was given last; empty before. */
  readonly mark: string;
}
