import { visible } from '../core/visible.ts';
import type { RankedFinding } from '../operations/diagnose/finding.ts';
import type { DiagnoseData } from '../operations/diagnose/run.ts';
import { duration, moment, percent, wrap } from './format.ts';
import type { Style } from './style.ts';

const width = 80;
const mostRuledOut = 6;

/** The findings, most probable cause first, then what could not be seen. */
export function renderDiagnosis(data: DiagnoseData, style: Style): string {
  const lines = data.findings.flatMap((finding, index) => [
    ...(index === 0 ? [] : ['']),
    ...findingLines(finding, index + 1, style),
  ]);
  const blind = data.blind.map(({ part, reason }) => bullet(`${visible(part)}: ${visible(reason)}`));
  return [
    ...lines,
    ...(blind.length === 0 ? [] : ['', style.yellow('Could not be seen:'), ...blind]),
    '',
    style.dim(`Measured in ${duration(data.tookSeconds)}, at ${moment(data.measuredAt)}.`),
  ].join('\n');
}

function findingLines(finding: RankedFinding, place: number, style: Style): string[] {
  const { what, evidence, rulesOut, next, sure, confidence, consequenceOf } = finding;
  const title = wrap(`${place}. ${visible(what)}`, width, 3);
  const bold = title
    .split('\n')
    .map((line) => style.bold(place === 1 && finding.kind !== 'nothing-wrong' ? style.red(line) : line));
  const consequence =
    consequenceOf === null ? '' : ` A consequence of: ${consequenceOf.replaceAll('-', ' ')}.`;
  return [
    ...bold,
    `   ${wrap(`${sure} (${percent(confidence)}).${consequence}`, width - 3).replaceAll('\n', '\n   ')}`,
    ...evidence.map((line) => bullet(visible(line))),
    // what rules the rest out is the same for all: it stands with the first
    ...(place > 1 || rulesOut.length === 0
      ? []
      : [
          style.dim('   Rules out:'),
          ...rulesOut.slice(0, mostRuledOut).map((line) => style.dim(bullet(visible(line)))),
        ]),
    ...next.map((command, index) => `   ${index === 0 ? 'Next:' : '     '} ${visible(command)}`),
  ];
}

function bullet(text: string): string {
  return `   - ${wrap(text, width - 5).replaceAll('\n', '\n     ')}`;
}
