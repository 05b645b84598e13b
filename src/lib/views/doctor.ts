import { visible } from '../core/visible.ts';
import type { DoctorLine } from '../operations/doctor/line.ts';
import type { DoctorData } from '../operations/doctor/show.ts';
import { labelled, wrap } from './format.ts';
import type { Style } from './style.ts';

const width = 80;

const words: Readonly<Record<DoctorLine['state'], string>> = {
  fine: 'fine',
  advice: 'could be',
  act: 'MUST DO',
  unknown: 'unknown',
};

const titles: Readonly<Record<DoctorLine['area'], string>> = {
  program: 'This machine',
  configuration: 'Configuration',
  journal: 'Journal',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  privileges: 'Privileges',
  clock: 'Clocks',
};

/** The answer, then every line by area: fine, or what to type. */
export function renderDoctor(data: DoctorData, summary: string, style: Style): string {
  const areas = [...Map.groupBy(data.lines, (line) => line.area)].sort(
    ([a], [b]) => Object.keys(titles).indexOf(a) - Object.keys(titles).indexOf(b),
  );
  return [
    style.bold(wrap(visible(summary), width)),
    ...areas.flatMap(([area, lines]) => [
      '',
      style.bold(titles[area]),
      ...lines.flatMap((line) => lineOf(line, style)),
    ]),
  ].join('\n');
}

function lineOf(line: DoctorLine, style: Style): string[] {
  const colour = line.state === 'fine' ? style.green : line.state === 'act' ? style.red : style.yellow;
  const word = words[line.state].padEnd(10);
  const text = labelled(word, `${visible(line.name)}: ${visible(line.detail)}`, 10, width - 2);
  return [
    `  ${colour(word)}${text.slice(word.length).replaceAll('\n', '\n  ')}`,
    // what is typed stays on one line, so that it can be copied
    ...line.type.map((one) => `            type: ${visible(one)}`),
  ];
}
