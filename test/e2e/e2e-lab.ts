import { join } from 'node:path';
import pg from 'pg';
import { databaseName, loopback, roles } from '../../src/lib/lab/names.ts';
import { readSecret } from '../../src/lib/lab/record.ts';
import type { LabStatus } from '../../src/lib/lab/status.ts';
import type { LabStormResult } from '../../src/lib/lab/storm.ts';
import { type CliResult, createStateDir, type RunningCli, runCli, startCli } from '../cli/spawn-cli.ts';
import { openTerminal, type Terminal } from '../cli/terminal.ts';
import { TestLab, until } from '../integration/lab-fixture.ts';

/** A JSON document of the CLI, as its schema says; each test names the members that it looks at. */
export type Document = Readonly<Record<string, unknown>>;

const passwords = {
  [roles.admin]: 'postgres-admin',
  [roles.operator]: 'postgres-spillway',
  [roles.reader]: 'postgres-reader',
} as const satisfies Record<string, Parameters<typeof readSecret>[1]>;

/** A lab of a test file's own, worked only by the built CLI, with state and configuration folders of its own. */
export class E2eLab {
  readonly stateDir: string;
  /** The same lab from inside: its record, Redis and tables. */
  readonly inside: TestLab;
  readonly #remove: () => Promise<void>;

  private constructor(stateDir: string, remove: () => Promise<void>) {
    this.stateDir = stateDir;
    this.inside = new TestLab(join(stateDir, 'state', 'spillway', 'lab'));
    this.#remove = remove;
  }

  /** Brings a lab up with a thin steady stream; what came up is taken down again when that fails. */
  static async up(): Promise<E2eLab> {
    const folder = await createStateDir();
    const lab = new E2eLab(folder.path, folder.remove);
    try {
      await lab.json(['lab', 'up', '--rate', '100']);
      return lab;
    } catch (error) {
      try {
        await lab.down();
      } catch (downError) {
        throw new AggregateError([error, downError], String(error));
      }
      throw error;
    }
  }

  /** Ends everything that the lab started and removes what it left. */
  async down(): Promise<void> {
    try {
      await this.json(['lab', 'down', '--purge']);
    } finally {
      await this.#remove();
    }
  }

  run(args: readonly string[]): Promise<CliResult> {
    return runCli(args, { stateDir: this.stateDir });
  }

  start(args: readonly string[]): RunningCli {
    return startCli(args, { stateDir: this.stateDir });
  }

  terminal(args: readonly string[]): Terminal {
    return openTerminal(args, { stateDir: this.stateDir, columns: 80, rows: 24 });
  }

  /** Runs a command with `--json` and gives its document. @throws Error with all that the command said, when it ends with another exit code */
  async json<Shape extends object = Document>(args: readonly string[], exitCode = 0): Promise<Shape> {
    return documentOf(await this.run([...args, '--json', '--no-input']), args, exitCode) as Shape;
  }

  storm(messages: number, seed: number): Promise<LabStormResult> {
    return this.json(['lab', 'storm', '--messages', String(messages), '--seed', String(seed)]);
  }

  /** Makes the conversations of earlier storms active again: the director injects nothing of a stopped one. */
  async reactivateAll(): Promise<void> {
    const { conversations } = await this.json<{
      readonly conversations: readonly { readonly id: number }[];
    }>(['conversations', 'list', '--status', 'stopped']);
    const ids = conversations.map(({ id }) => String(id));
    if (ids.length > 0) await this.json(['conversations', 'resume', ...ids, '--yes']);
  }

  /** Ends the ten services (not the stores, not the receivers) as an operator would, by the pids that the lab tells, and waits until they are gone. */
  async stopServices(): Promise<void> {
    const { services } = await this.json<LabStatus>(['lab', 'status']);
    for (const { pid } of services) if (pid !== null) process.kill(pid, 'SIGTERM');
    await until(
      () => this.json<LabStatus>(['lab', 'status']),
      (status) => status.services.every(({ pid }) => pid === null),
    );
  }

  /** A session in the lab's database as one of its roles. */
  async withPostgres<Result>(
    role: keyof typeof passwords,
    work: (client: pg.Client) => Promise<Result>,
  ): Promise<Result> {
    const { layout, postgres } = this.inside.record;
    const client = new pg.Client({
      host: loopback,
      port: postgres.port,
      user: role,
      password: readSecret(layout, passwords[role]),
      database: databaseName,
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** The document on standard output. @throws Error with all that the command said, when it ended with another exit code */
export function documentOf(result: CliResult, args: readonly string[], exitCode = 0): Document {
  if (result.exitCode === exitCode) return JSON.parse(result.stdout) as Document;
  throw new Error(
    `spillway ${args.join(' ')} ended with ${result.exitCode ?? result.signal}, not ${exitCode}:\n${result.stdout}\n${result.stderr}`,
  );
}
