import { visible } from '../core/visible.ts';
import type { LabDownResult } from '../lab/down.ts';
import type { InboxEntry } from '../lab/inbox.ts';
import type { LabStatus } from '../lab/status.ts';
import type { LabStormResult } from '../lab/storm.ts';
import { count, counted, duration, labelled, moment, perSecond } from './format.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** How the lab is: the answer, its services and queues, what to type next. */
export function renderLabStatus(status: LabStatus, style: Style): string {
  const { services, queues, problems } = status;
  const healthy = services.filter((service) => service.healthy).length;
  const answer =
    problems.length === 0
      ? style.green(`The lab is up: ${counted(healthy, 'service')}, all healthy.`)
      : style.red(`The lab is not all there: ${problems.map((problem) => visible(problem)).join('; ')}.`);
  return [
    answer,
    `PostgreSQL ${status.postgres.host}:${status.postgres.port}, Redis ${status.redis.host}:${status.redis.port}; ${perSecond(status.messagesPerSecond)} of valid messages.`,
    '',
    table(
      [{ title: 'service' }, { title: 'pid', align: 'right' }, { title: 'health' }],
      services.map(({ name, pid, healthy: well }) => [
        name,
        pid === null ? '–' : String(pid),
        well ? style.green('healthy') : style.red('UNHEALTHY'),
      ]),
    ),
    ...(queues.length === 0 ? [] : ['', queueTable(queues)]),
    '',
    problems.length === 0
      ? 'Next: spillway lab storm --messages 200000, or spillway status'
      : 'Next: spillway lab up',
  ].join('\n');
}

function queueTable(queues: LabStatus['queues']): string {
  const numbers = ['injected', 'delivered', 'failed', 'waiting', 'processing', 'takenOut'] as const;
  const titles = ['injected', 'delivered', 'failed', 'waiting', 'in work', 'taken out'];
  return table(
    [{ title: 'channel' }, ...titles.map((title) => ({ title, align: 'right' }) as const)],
    queues.map((queue) => [queue.channel, ...numbers.map((number) => count(queue[number]))]),
  );
}

/** What a storm did: which conversations, how many messages, how fast. */
export function renderStorm(storm: LabStormResult, style: Style): string {
  const rows = storm.conversations.map((one) => [
    String(one.conversationId),
    visible(one.name),
    String(one.activationId),
    count(one.messages),
  ]);
  const answer = `${counted(storm.injected, 'message')} of ${counted(storm.conversations.length, 'conversation')} injected in ${duration(storm.elapsedMs / 1_000)} (${perSecond(storm.ratePerSecond)}).`;
  return [
    storm.outcome === 'injected' ? answer : style.yellow(`${answer} Held before the end of it.`),
    '',
    table(
      [
        { title: 'conversation', align: 'right' },
        { title: 'name' },
        { title: 'activation', align: 'right' },
        { title: 'messages', align: 'right' },
      ],
      rows,
    ),
    '',
    'Next: spillway volume, or spillway runbook run error-log-storm',
  ].join('\n');
}

/** What goes wrong now, and how it ends. */
export function renderScenario(scenario: string, did: readonly string[]): string {
  const calm = scenario === 'calm';
  const lines =
    did.length === 0 ? ['There was nothing to give free.'] : did.map((line) => `- ${visible(line)}`);
  const next = calm ? 'spillway lab status' : 'spillway diagnose; spillway lab storm --scenario calm ends it';
  return [...lines, '', `Next: ${next}`].join('\n');
}

/** What was stopped. */
export function renderLabDown(result: LabDownResult): string {
  const stopped =
    result.stopped.length === 0
      ? 'Nothing ran.'
      : `${counted(result.stopped.length, 'process', 'processes')} stopped.`;
  return result.purged ? `${stopped} The data is removed.` : stopped;
}

/** What arrived at the local receivers, one line each. */
export function renderInbox(entries: readonly InboxEntry[]): string {
  if (entries.length === 0) return 'Nothing has arrived.';
  return entries
    .map(({ at, kind, status, request }) =>
      [
        labelled(moment(at), ` ${kind}, answered ${status}: ${request.method} ${visible(request.path)}`, 27),
        labelled('', summaryOf(request.body), 4),
      ].join('\n'),
    )
    .join('\n');
}

/** The text of a Slack message, or status and text of a status page's update. */
function summaryOf(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return visible(body).slice(0, 300);
    throw error;
  }
  const { text, incident } = (value ?? {}) as {
    readonly text?: unknown;
    readonly incident?: { readonly status?: unknown; readonly body?: unknown };
  };
  const said =
    typeof text === 'string' ? text : `${String(incident?.status)}: ${String(incident?.body ?? '')}`;
  return visible(said);
}
