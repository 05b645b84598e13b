import { z } from 'zod';
import { diagnosis } from '../../core/operation.ts';
import type { CatalogueOperation } from '../access.ts';
import type { DoctorLine } from './line.ts';
import { postgresLines } from './postgres-lines.ts';
import { programLines } from './program-lines.ts';
import { redisLines } from './redis-lines.ts';

const input = z.strictObject({});

/** Data of `doctor.show`. `mustAct`: lines with state `act`. */
export interface DoctorData {
  readonly lines: readonly DoctorLine[];
  readonly mustAct: number;
}

/** `doctor.show`: whether a target is ready for an incident: connections, TLS, identity, versions, privileges, clocks, programs. Every line that is not fine says what to type. */
export const doctorShow: CatalogueOperation<z.output<typeof input>, DoctorData> = diagnosis({
  id: 'doctor.show',
  title: 'Examine whether everything is ready for an incident',
  input,
  async measure({ read, progress }) {
    const { postgres, redis, programs } = read.examination;
    const lines: DoctorLine[] = [];
    let major: number | null = null;
    if (postgres !== null) {
      progress('examines PostgreSQL');
      const findings = await postgresLines(postgres, redis !== null);
      lines.push(...findings.lines);
      major = findings.serverMajor;
    }
    if (redis !== null) {
      progress('examines Redis');
      lines.push(...(await redisLines(redis)));
    }
    lines.push(...programLines(await programs(), major));
    const data = concluded(lines);
    return { summary: summaryOf(data), data };
  },
});

/** The lines and how many of them ask for something to be done. */
export function concluded(lines: readonly DoctorLine[]): DoctorData {
  return { lines, mustAct: lines.filter((line) => line.state === 'act').length };
}

/** The answer in one sentence. */
export function summaryOf({ lines, mustAct }: DoctorData): string {
  const advice = lines.filter((line) => line.state === 'advice').length;
  const fine = lines.filter((line) => line.state === 'fine').length;
  const rest = `${fine} fine${advice === 0 ? '' : `, ${advice} could be better`}`;
  if (mustAct === 0) return `Ready: ${rest}.`;
  return `${mustAct} ${mustAct === 1 ? 'thing' : 'things'} must be done; ${rest}.`;
}
