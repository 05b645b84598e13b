import type {
  Examination,
  PostgresExaminer,
  PostgresSeen,
  PostgresWork,
  PrivilegeSeen,
} from '../../orchestrator/examination.ts';
import { clockLine, type DoctorLine, examined, fine, notFine } from './line.ts';

const oldestMajor = 14;
const newestMajor = 18;

/** What was found out about PostgreSQL; `serverMajor` is null when no server was seen. */
export interface PostgresFindings {
  readonly lines: readonly DoctorLine[];
  readonly serverMajor: number | null;
}

/** Everything about PostgreSQL: connections, TLS, versions, identity, privileges, clock. */
export async function postgresLines(
  postgres: NonNullable<Examination['postgres']>,
  redisConfigured: boolean,
): Promise<PostgresFindings> {
  const { reader, main, pinned } = postgres;
  const asMain = await connection('changing role', main);
  const asReader = reader === null ? asMain : await connection('reading role', reader);
  const lines = [...(reader === null ? [] : asReader.lines), ...asMain.lines];
  const seen = asMain.seen ?? asReader.seen;
  if (reader === null)
    lines.push(
      notFine('advice', 'privileges', 'reading role', 'planning uses the role that also changes things', [
        'spillway doctor --roles   # SQL for a role that can only read; then `postgres.reader` in spillway.yaml',
      ]),
    );
  if (seen === null) return { lines, serverMajor: null };
  lines.push(versionLine(seen), identityLine(seen, pinned));
  if (asReader.seen !== null && asMain.seen !== null && reader !== null)
    lines.push(...sameServer(asReader.seen, asMain.seen));
  if (asMain.seen?.standby === true)
    lines.push(
      notFine('act', 'postgres', 'writable', 'this is a hot standby: nothing can be changed through it', [
        'set `postgres.host` of the target to the primary',
      ]),
    );
  lines.push(clockLine('PostgreSQL', seen));
  const looking = reader ?? main;
  if (asReader.seen !== null) {
    lines.push(...(await examined('privileges', 'look', () => privileges(looking, ['look']))));
    lines.push(...(await examined('postgres', 'statement statistics', () => statistics(looking))));
  }
  if (asMain.seen !== null)
    lines.push(
      ...(await examined('privileges', 'operate', () => privileges(main, ['operate', 'purge']))),
      ...(redisConfigured ? [] : [lockAdvice(asMain.seen)]),
    );
  return { lines, serverMajor: majorOf(seen) };
}

interface Connected {
  readonly lines: readonly DoctorLine[];
  readonly seen: PostgresSeen | null;
}

async function connection(role: string, examiner: PostgresExaminer): Promise<Connected> {
  let seen: PostgresSeen | null = null;
  const { host, port, user } = examiner.address;
  const name = `connection, ${role}`;
  const lines = await examined('postgres', name, async () => {
    seen = await examiner.seen();
    const where = `${host}:${port}, database ${seen.database}, user ${user}`;
    return [
      fine('postgres', name, `${where} answers`),
      ...tlsLines(role, examiner, seen),
      ...(seen.pooled
        ? [
            notFine(
              'advice',
              'postgres',
              `pooler, ${role}`,
              'a pooler stands between: diagnoses and changes work through it, pg_dump should not go through one in transaction mode',
              ['set `postgres.host` and `port` to the server itself, at least in a target for snapshots'],
            ),
          ]
        : []),
    ];
  });
  return { lines, seen };
}

function tlsLines(role: string, { tls }: PostgresExaminer, seen: PostgresSeen): DoctorLine[] {
  const name = `TLS, ${role}`;
  if (seen.tls !== null) return [fine('postgres', name, `${seen.tls}, certificate and host name verified`)];
  // the configuration allows plain text on loopback only
  return tls === 'disable' ? [fine('postgres', name, 'plain text, on loopback')] : [];
}

function majorOf({ versionNumber }: Pick<PostgresSeen, 'versionNumber'>): number {
  return Math.floor(versionNumber / 10_000);
}

function versionLine({ version, versionNumber }: PostgresSeen): DoctorLine {
  const major = majorOf({ versionNumber });
  if (major < oldestMajor)
    return notFine('act', 'postgres', 'version', `PostgreSQL ${version} is older than ${oldestMajor}`, [
      'pg_upgrade --help   # to a version that is supported',
    ]);
  if (major > newestMajor)
    return notFine(
      'advice',
      'postgres',
      'version',
      `PostgreSQL ${version} is newer than ${newestMajor}: not tried`,
      ['spillway database health   # do all views answer?'],
    );
  return fine('postgres', 'version', `PostgreSQL ${version}`);
}

function identityLine({ systemIdentifier, database }: PostgresSeen, pinned: string | null): DoctorLine {
  const name = 'identity of the target';
  if (systemIdentifier === null)
    return notFine(
      pinned === null ? 'advice' : 'act',
      'postgres',
      name,
      `the role may not see which cluster this is${pinned === null ? '' : `, and the target pins ${pinned}: every change will be refused`}`,
      ['grant pg_monitor to the role, or: grant execute on function pg_control_system() to the role;'],
    );
  if (pinned === null)
    return notFine(
      'advice',
      'postgres',
      name,
      `cluster ${systemIdentifier}, database ${database}; the target does not pin it, so a wrong host would be changed without a word`,
      [`identity: { systemIdentifier: "${systemIdentifier}" }   # into the target in spillway.yaml`],
    );
  if (pinned === systemIdentifier) return fine('postgres', name, `cluster ${systemIdentifier}, as pinned`);
  return notFine(
    'act',
    'postgres',
    name,
    `the target pins cluster ${pinned}, and this is ${systemIdentifier}: every change will be refused`,
    [
      "check `postgres.host` and `port` of the target: is this the target's server?",
      `identity: { systemIdentifier: "${systemIdentifier}" }   # if the cluster was replaced on purpose`,
    ],
  );
}

function sameServer(reader: PostgresSeen, main: PostgresSeen): DoctorLine[] {
  const { systemIdentifier: ours } = main;
  if (ours === null || reader.systemIdentifier === null || reader.systemIdentifier === ours) return [];
  return [
    notFine('act', 'postgres', 'one server', 'the reading and the changing role reach different clusters', [
      'check what answers at `postgres.host` and `port`: a balancer in front of several servers?',
    ]),
  ];
}

/** One line a privilege that is missing, and one for all that are held, by work. */
async function privileges(
  examiner: PostgresExaminer,
  work: readonly PostgresWork[],
): Promise<readonly DoctorLine[]> {
  const seen = await examiner.privileges(work);
  const { user } = examiner.address;
  return work.flatMap((one) => {
    const needed = seen.filter((privilege) => privilege.work === one);
    const missing = needed.filter((privilege) => privilege.held !== true);
    if (missing.length === 0)
      return [fine('privileges', works[one], `user ${user} holds all ${needed.length} privileges`)];
    const other = seen.filter((privilege) => privilege.work !== one);
    return missing.map((privilege) => privilegeLine(privilege, user, isForOtherWork(missing, other)));
  });
}

const works: Readonly<Record<PostgresWork, string>> = {
  look: 'look',
  operate: 'stop, resume, switch',
  purge: 'snapshot before a purge',
};

/** A role that changes nothing here and can do the other work whole was made for that. */
function isForOtherWork(missing: readonly PrivilegeSeen[], other: readonly PrivilegeSeen[]): boolean {
  const writes = missing.every((one) => /^(insert|update|select on every)/.test(one.name));
  return writes && other.length > 0 && other.every((one) => one.held === true);
}

function privilegeLine(privilege: PrivilegeSeen, user: string, byDesign: boolean): DoctorLine {
  const name = `${works[privilege.work]}: ${privilege.name}`;
  if (privilege.held === null)
    return notFine('act', 'privileges', name, 'there is no such table in this database', [
      'check `orchestrator` (schema and table names) of the target in spillway.yaml',
    ]);
  return byDesign
    ? notFine('advice', 'privileges', name, `user ${user} lacks it; it can do its other work`, [
        `${privilege.grant}   # unless this role is not meant to`,
      ])
    : notFine('act', 'privileges', name, `user ${user} lacks it`, [privilege.grant]);
}

async function statistics(examiner: PostgresExaminer): Promise<readonly DoctorLine[]> {
  const name = 'statement statistics';
  const state = await examiner.statementStatistics();
  if (state === 'ready') return [fine('postgres', name, 'pg_stat_statements is there')];
  const load = "alter system set shared_preload_libraries = 'pg_stat_statements';   # and restart the server";
  const create = 'create extension pg_stat_statements;';
  return [
    notFine(
      'advice',
      'postgres',
      name,
      state === 'missing'
        ? 'pg_stat_statements is not in this database: slow statements cannot be told apart'
        : 'the library of pg_stat_statements was not loaded when the server started',
      state === 'missing' ? [load, create] : [load],
    ),
  ];
}

/** A target without Redis keeps its lock in PostgreSQL. */
function lockAdvice({ user }: PostgresSeen): DoctorLine {
  return fine('postgres', 'lock', `the target has no Redis: the lock is a row that user ${user} keeps`);
}
