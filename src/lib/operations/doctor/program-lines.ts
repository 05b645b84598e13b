import type { Examination, ProgramSeen } from '../../orchestrator/examination.ts';
import { type DoctorLine, fine, notFine } from './line.ts';

type Programs = Awaited<ReturnType<Examination['programs']>>;

/**
 * The programs of this machine: PostgreSQL's (the lab, and pg_dump for snapshots, which must not be older than the server) and Redis' (the lab).
 * `serverMajor`: null when no server was seen.
 */
export function programLines(programs: Programs, serverMajor: number | null): DoctorLine[] {
  const { postgres, redis } = programs;
  return [
    lab('PostgreSQL for the lab and for snapshots', postgres, serverMajor !== null),
    ...(postgres.ok && serverMajor !== null && postgres.major < serverMajor
      ? [
          notFine(
            'act',
            'program',
            'pg_dump',
            `PostgreSQL ${postgres.version} in ${postgres.place} is older than the server (${serverMajor}): pg_dump refuses to copy it`,
            [
              `apt-get install -y postgresql-client-${serverMajor}   # then SPILLWAY_PG_BIN=/usr/lib/postgresql/${serverMajor}/bin`,
            ],
          ),
        ]
      : []),
    lab('Redis for the lab', redis, false),
  ];
}

function lab(name: string, program: ProgramSeen, needed: boolean): DoctorLine {
  return program.ok
    ? fine('program', name, `${program.version} in ${program.place}`)
    : notFine(needed ? 'act' : 'advice', 'program', name, program.reason, [program.install]);
}
