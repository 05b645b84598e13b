/**
 * Archives of messages that were taken out of a queue: one folder an archive, in it `manifest.json` and, for each channel and part, segments of zstd frames of JSON lines.
 * A line is `{"channel":…,"part":…,"position":…,"message":"…"}`, the raw message as a JSON string, or `"base64":"…"` instead of `message` when it is not valid UTF-8:
 * `zstd -dc *.zst | jq -r .message` reads it without this program. Lines stand newest first (positions descending).
 *
 * An archive is written in batches: a batch is one frame, and `append` resolves when it is on disk: written, fsynced (the folder too when the file is new), read again and compared.
 * The queue's own counter decides what counts: a batch that was appended and not released is cut off again by `continueAt`.
 * Ids hold letters, digits, `.`, `-` and `_` only. Errors: SpillwayError `usage` (no such archive, bad id), `failed` (disk full, damaged, not writable).
 */
export interface ArchiveReader {
  /** All archives of the target, oldest first, also those not finished. */
  list(): Promise<readonly ArchiveSummary[]>;
  show(archiveId: string): Promise<ArchiveManifest>;
  /** Reads everything: checksums, sizes, number and order of the records, against the manifest. */
  verify(archiveId: string): Promise<ArchiveVerification>;
  /** The records of one stream in the order in which they were written, in batches; each file's checksum is checked before its first record is handed out. `skip` leaves records out. */
  open(archiveId: string, stream: StreamName, skip?: number): AsyncIterable<readonly ArchiveRecord[]>;
}

export interface ArchiveWriter {
  /** Makes the archive's folder and manifest, or finds them as they are. */
  create(header: ArchiveHeader): Promise<void>;
  /** Opens a stream for appending just behind `mark` (as `append` returned it; empty for the beginning): what was written beyond is cut off. */
  continueAt(archiveId: string, stream: StreamName, mark: string): Promise<ArchiveStream>;
  /** Every stream is whole: writes the last manifest, `sealed`. */
  seal(archiveId: string): Promise<ArchiveManifest>;
}

export interface ArchiveStream {
  /** Encodes and compresses a batch; writes nothing, so that it can be done while the batch before goes to disk. */
  prepare(records: readonly ArchiveRecord[]): Promise<PreparedBatch>;
  /** Makes a prepared batch durable and resolves to the mark to hand to the queue with the release. */
  append(batch: PreparedBatch): Promise<string>;
  /** Describes the stream, up to the last append, in the manifest (durably) and closes its file. */
  close(): Promise<void>;
  /** Closes the file and describes nothing: after an error. */
  abandon(): Promise<void>;
}

/** A batch that is ready to be written. */
export interface PreparedBatch {
  readonly records: readonly ArchiveRecord[];
  readonly frame: Buffer;
}

/** One channel of one part of a purge. */
export interface StreamName {
  readonly channel: string;
  readonly part: number;
}

export interface ArchiveRecord {
  /** 0-based, counted from the consumer end when the purge began. */
  readonly position: number;
  readonly raw: Buffer;
}

/** Who made the archive, of what. */
export interface ArchiveHeader {
  readonly id: string;
  readonly target: string;
  readonly runId: string;
  readonly purgeId: string;
  /** `user@host`. */
  readonly actor: string;
  /** As the queue driver writes it. */
  readonly selector: unknown;
  /** ISO-8601 with offset. */
  readonly createdAt: string;
}

/** `spillway/archive/1`. */
export interface ArchiveManifest extends ArchiveHeader {
  readonly schema: 'spillway/archive/1';
  readonly state: 'open' | 'sealed';
  readonly messages: number;
  /** On disk, compressed. */
  readonly bytes: number;
  readonly channels: readonly { readonly channel: string; readonly messages: number }[];
  /** Most messages first. */
  readonly conversations: readonly { readonly id: number; readonly messages: number }[];
  readonly clients: readonly { readonly id: number; readonly messages: number }[];
  readonly segments: readonly ArchiveSegment[];
}

export interface ArchiveSegment {
  /** Within the archive's folder. */
  readonly file: string;
  readonly channel: string;
  readonly part: number;
  /** Counted from 1 within its stream. */
  readonly number: number;
  readonly messages: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly bytes: number;
  /** Of the file as it lies on disk, hexadecimal. */
  readonly sha256: string;
}

export interface ArchiveSummary {
  readonly id: string;
  readonly state: 'open' | 'sealed';
  readonly createdAt: string;
  readonly actor: string;
  readonly messages: number;
  readonly bytes: number;
  readonly channels: readonly string[];
  /** Where it lies. */
  readonly folder: string;
}

export interface ArchiveVerification {
  readonly id: string;
  readonly ok: boolean;
  readonly messages: number;
  readonly bytes: number;
  readonly files: readonly { readonly file: string; readonly ok: boolean; readonly detail: string }[];
}
