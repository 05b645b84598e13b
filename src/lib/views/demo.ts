import type { DemoResult } from '../lab/demo.ts';
import { count, duration, perSecond } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** Minutes in the published report (12:30 noticed; 1:56 cause; 2:51 culprits; 4:00 resolved), beside which the demo puts its own. */
const report = { cause: 86 * 60, culprits: 141 * 60, relief: 210 * 60 };

/** The demo's closing tables: times, throughput of the clients that have no part in the storm, and the account of every message. */
export function renderDemo(result: DemoResult, style: Style): string {
  const { storm, account, before, during, after } = result;
  const seconds = (value: number | null) => (value === null ? 'not reached' : duration(value));
  const times = table(
    [
      { title: 'Time from the activation' },
      { title: 'Here', align: 'right' },
      { title: 'In the report', align: 'right' },
    ],
    [
      ['to the cause (error-log writes)', seconds(result.secondsToCause), duration(report.cause)],
      ['to the culprits (8 conversations)', seconds(result.secondsToCulprits), duration(report.culprits)],
      ['to relief (80 % of normal again)', seconds(result.secondsToRelief), duration(report.relief)],
    ],
  );
  const throughput = table(
    [
      { title: 'Deliveries of the other clients' },
      { title: 'Before', align: 'right' },
      { title: 'During', align: 'right' },
      { title: 'After', align: 'right' },
    ],
    [['', perSecond(before), perSecond(during), perSecond(after)]],
  );
  const books = table(
    [
      { title: 'Injected', align: 'right' },
      { title: 'Delivered', align: 'right' },
      { title: 'Failed', align: 'right' },
      { title: 'Archived', align: 'right' },
      { title: 'Waiting', align: 'right' },
      { title: 'Missing', align: 'right' },
    ],
    [
      [
        count(account.injected),
        count(account.delivered),
        count(account.failed),
        count(account.archived),
        count(account.waiting),
        count(account.injected - account.delivered - account.failed - account.archived - account.waiting),
      ],
    ],
  );
  const verdict = (held: boolean, yes: string, no: string) =>
    held ? `${style.green('ok')}      ${yes}` : `${style.red('NOT OK')}  ${no}`;
  return [
    '',
    style.bold(
      `Storm of ${count(storm.total)} messages: ${result.recovered && account.exact && result.culpritsFound ? 'resolved, nothing lost' : 'NOT resolved'}`,
    ),
    '',
    times,
    '',
    throughput,
    '',
    books,
    '',
    verdict(
      result.recovered,
      'deliveries fell by 80 % or more and are back',
      'deliveries did not fall by 80 %, or did not come back',
    ),
    verdict(
      result.culpritsFound,
      'the stopped conversations are the 8 of the storm and no other',
      'the stopped conversations are not those of the storm',
    ),
    verdict(
      account.exact,
      `the account is exact; ${count(account.archivedOnDisk)} messages lie in checksummed archives`,
      'the account does not add up',
    ),
  ].join('\n');
}
