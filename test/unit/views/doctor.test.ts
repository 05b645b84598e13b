import { expect, test } from 'vitest';
import { clockLine, type DoctorLine, fine, notFine } from '../../../src/lib/operations/doctor/line.ts';
import { concluded, summaryOf } from '../../../src/lib/operations/doctor/show.ts';
import { renderDoctor } from '../../../src/lib/views/doctor.ts';
import { plainStyle } from '../../../src/lib/views/style.ts';

const evil = `spillway_\u001b[2J\rreader\u202e`;
const lines: readonly DoctorLine[] = [
  fine('postgres', 'version', 'PostgreSQL 15.18'),
  notFine(
    'act',
    'privileges',
    'look: pg_monitor',
    `user ${evil} lacks it, ${'and that for a long time, '.repeat(4)}`,
    ['grant pg_monitor to "spillway_reader";', `grant usage on schema orchestrator to "${evil}";`],
  ),
  notFine('advice', 'program', 'Redis for the lab', 'it is not installed', [
    'apt-get install -y redis-server',
  ]),
  clockLine('PostgreSQL', { clockAheadMs: -4_200, clockErrorMs: 3 }),
];

test('the answer first; every line says fine or what to type, copied from one line', () => {
  const data = concluded(lines);
  const screen = renderDoctor(data, summaryOf(data), plainStyle).split('\n');
  expect(screen[0]).toBe('2 things must be done; 1 fine, 1 could be better.');
  expect(screen).toContain('  fine      version: PostgreSQL 15.18');
  expect(screen).toContain('            type: grant pg_monitor to "spillway_reader";');
  expect(screen.filter((line) => !line.includes('type:') && [...line].length > 80)).toEqual([]);
  expect(screen.join('')).toContain('4.20 s behind this machine');
});

test('control characters of names are shown, not obeyed', () => {
  const data = concluded(lines);
  const screen = renderDoctor(data, summaryOf(data), plainStyle);
  for (const control of ['\u001b', '\r', '\u202e']) expect(screen).not.toContain(control);
});

test('a clock within a second and the time of the question is fine', () => {
  expect(clockLine('Redis', { clockAheadMs: 1_400, clockErrorMs: 500 }).state).toBe('fine');
  expect(clockLine('Redis', { clockAheadMs: 1_600, clockErrorMs: 500 }).state).toBe('act');
});
