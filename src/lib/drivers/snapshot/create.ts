import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { minimalEnvironment, runProgram } from '../../backends/program.ts';
import { SpillwayError } from '../../core/errors.ts';
import { typedCommand } from '../../core/typed-command.ts';
import { visible } from '../../core/visible.ts';
import { contentsFinding } from './contents.ts';
import {
  megabytes,
  mustFit,
  type SnapshotManifest,
  type SnapshotRequest,
  type SnapshotWriter,
} from './driver.ts';
import { type DumpEstimate, estimateDump, makePrivateFolder } from './estimate.ts';
import { digestFiles, syncFolder, writeDurably } from './files.ts';
import { listDumps, partialId, showDump } from './listing.ts';
import { isSnapshotId } from './manifest.ts';
import { connectionEnvironment, dumpArguments, type PgDumpOptions } from './pg-dump-options.ts';

type Work = NonNullable<Parameters<SnapshotWriter['create']>[1]>;

/**
 * See SnapshotWriter.create. Crash-safe order: dump into an attempt's own folder, verify, checksum, write the manifest, make all durable, and only then give
 * the folder the snapshot's name. Whatever stops in between leaves a `.partial` folder, which no list calls good.
 */
export async function createDump(
  options: PgDumpOptions,
  request: SnapshotRequest,
  work: Work = {},
): Promise<SnapshotManifest> {
  if (!isSnapshotId(request.id)) {
    throw new SpillwayError('usage', `"${visible(request.id)}" cannot be the id of a snapshot.`);
  }
  const existing = (await listDumps(options.folder)).find(
    (one) => one.id === request.id && one.status === 'good',
  );
  if (existing !== undefined) return showDump(options.folder, request.id);
  const estimate = await estimateDump(options, request.id);
  mustFit(estimate);
  await makePrivateFolder(options.folder);
  await removeAttempts(options.folder, request.id);
  const attempt = join(options.folder, `${request.id}.${randomBytes(4).toString('hex')}.partial`);
  await mkdir(attempt, { mode: 0o700 });
  try {
    return await complete(options, request, work, estimate, attempt);
  } catch (error) {
    // Room on the disk matters in an incident. A failing removal is told together with what failed first.
    try {
      await rm(attempt, { recursive: true, force: true });
    } catch (removal) {
      throw new AggregateError(
        [error, removal],
        `The snapshot failed, and its remains in ${attempt} could not be removed.`,
      );
    }
    throw error;
  }
}

async function complete(
  options: PgDumpOptions,
  request: SnapshotRequest,
  work: Work,
  estimate: DumpEstimate,
  attempt: string,
): Promise<SnapshotManifest> {
  const startedAt = options.clock.now().toISOString();
  await dump(options, join(attempt, 'dump'), work);
  work.progress?.('verifying the snapshot');
  const expected = estimate.allTables.map((table) => table.name);
  const contents = await abortable(work, () =>
    contentsFinding(options, join(attempt, 'dump'), expected, work.signal),
  );
  if (!contents.ok)
    throw new SpillwayError('check-failed', `The snapshot does not verify: ${contents.detail}.`);
  const files = await abortable(work, () => digestFiles(attempt, work.signal));
  for (const file of files) await chmod(join(attempt, file.path), 0o600);
  const folder = join(options.folder, request.id);
  const manifest: SnapshotManifest = {
    schema: 'spillway/snapshot/1',
    id: request.id,
    target: request.target,
    incident: request.incident,
    operator: request.operator,
    systemIdentifier: estimate.systemIdentifier,
    database: estimate.database,
    serverVersion: estimate.serverVersion,
    toolVersion: estimate.toolVersion,
    requestedAt: request.requestedAt,
    startedAt,
    createdAt: options.clock.now().toISOString(),
    databaseBytes: estimate.databaseBytes,
    totalBytes: files.reduce((sum, file) => sum + file.bytes, 0),
    tables: estimate.tables,
    tableCount: estimate.allTables.length,
    files,
    restoreCommand: restoreCommand(options, join(folder, 'dump')),
  };
  await writeDurably(join(attempt, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await syncFolder(attempt);
  await rename(attempt, folder);
  await syncFolder(options.folder);
  return manifest;
}

async function dump(options: PgDumpOptions, into: string, work: Work): Promise<void> {
  const { binDir, major, version } = await options.findPostgres();
  const watch = setInterval(() => {
    writtenBytes(into).then(
      (bytes) => work.progress?.(`pg_dump: ${megabytes(bytes)} written`),
      // Only the progress is lost; a disk in trouble is reported by pg_dump and by the checksums.
      () => clearInterval(watch),
    );
  }, 1_000);
  try {
    const end = await runProgram([join(binDir, 'pg_dump'), ...dumpArguments(options, into)], {
      environment: {
        ...minimalEnvironment(options.environment),
        ...(await connectionEnvironment(options, major)),
      },
      timeoutMs: options.timeoutMs,
      signal: work.signal,
      keepBytes: 4_096,
    });
    if (end.how === 'aborted') throw stopped();
    const said = visible(end.stderr.trim(), { multiline: true });
    if (end.how === 'timed-out') {
      throw new SpillwayError(
        'failed',
        `pg_dump did not end within ${(options.timeoutMs / 1_000).toLocaleString('en')} s and was ended.`,
        { suggestions: ["raise the target's `snapshot.timeoutMs`"] },
      );
    }
    if (end.exitCode !== 0) throw dumpFailure(end.exitCode, said, version);
  } finally {
    clearInterval(watch);
  }
}

function dumpFailure(exitCode: number, said: string, version: string): SpillwayError {
  const denied = /permission denied for (?:table|relation|schema|sequence) (\S+)/.exec(said)?.[1];
  const unreachable = /connection to server .* failed/.test(said);
  return new SpillwayError(
    unreachable ? 'unreachable' : 'failed',
    `pg_dump ${version} ended with code ${exitCode}: ${said || 'it said nothing'}`,
    {
      suggestions:
        denied === undefined
          ? []
          : ['grant pg_read_all_data to the role of the target (PostgreSQL 14 or newer)'],
      details: { programExitCode: exitCode },
    },
  );
}

/** Gives the tool's own error instead of the signal's reason. */
async function abortable<T>(work: Work, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (work.signal?.aborted) throw stopped();
    throw error;
  }
}

function stopped(): SpillwayError {
  return new SpillwayError('interrupted', 'The snapshot was stopped; what it had written is removed.', {
    suggestions: ['spillway snapshot create'],
  });
}

async function removeAttempts(folder: string, id: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (partialId(name) === id || name === id) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Bytes in a folder that grows meanwhile; for progress only. */
async function writtenBytes(folder: string): Promise<number> {
  let sum = 0;
  try {
    for (const name of await readdir(folder)) sum += (await stat(join(folder, name))).size;
  } catch (error) {
    // not made yet, or renamed in the meantime
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return sum;
}

/** Into a database of its own, so that the command can be typed without hurting the live one. */
function restoreCommand(options: PgDumpOptions, dumpFolder: string): string {
  const { host, port, user, database } = options.connection;
  const where = [`--host=${host}`, `--port=${port}`, `--username=${user}`];
  const into = `${database}_restored`;
  return `${typedCommand(['createdb', ...where, into])} && ${typedCommand([
    ...['pg_restore', ...where, `--dbname=${into}`, `--jobs=${options.jobs}`, '--exit-on-error'],
    dumpFolder,
  ])}`;
}
