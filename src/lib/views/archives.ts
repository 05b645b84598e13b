import { visible } from '../core/visible.ts';
import { bytes, count, counted, moment } from './format.ts';
import { plainStyle, type Style } from './style.ts';
import { table } from './table.ts';

/** Archives as `queue.archives` gives them. */
export interface QueueArchives {
  readonly archives: readonly {
    readonly id: string;
    readonly state: 'open' | 'sealed';
    readonly createdAt: string;
    readonly actor: string;
    readonly messages: number;
    readonly bytes: number;
    readonly channels: readonly string[];
    readonly folder: string;
  }[];
  readonly manifest: ArchiveContent | null;
  readonly verifications: readonly {
    readonly id: string;
    readonly ok: boolean;
    readonly messages: number;
    readonly files: readonly { readonly file: string; readonly ok: boolean; readonly detail: string }[];
  }[];
}

interface ArchiveContent {
  readonly id: string;
  readonly runId: string;
  readonly messages: number;
  readonly channels: readonly { readonly channel: string; readonly messages: number }[];
  readonly conversations: readonly { readonly id: number; readonly messages: number }[];
  readonly clients: readonly { readonly id: number; readonly messages: number }[];
  readonly segments: readonly { readonly file: string; readonly messages: number; readonly bytes: number }[];
}

const mostListed = 12;

/** How much is archived, one line an archive, the content of the one that was asked for, and the result of verification. */
export function renderArchives(view: QueueArchives, style: Style = plainStyle): string {
  const { archives, manifest, verifications } = view;
  if (archives.length === 0) return 'No archives: nothing was purged on this target from this machine.';
  const messages = archives.reduce((sum, archive) => sum + archive.messages, 0);
  const columns = [
    { title: 'archive' },
    { title: 'made' },
    { title: 'messages', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'state' },
  ] as const;
  const rows = archives.map((archive) => [
    visible(archive.id),
    moment(archive.createdAt),
    count(archive.messages),
    bytes(archive.bytes),
    archive.state === 'sealed' ? 'complete' : 'NOT COMPLETE',
  ]);
  const first = archives.at(-1)?.id ?? '';
  return [
    style.bold(`${counted(archives.length, 'archive')} with ${counted(messages, 'message')}.`),
    '',
    table(columns, rows),
    ...(manifest === null ? [] : ['', ...content(manifest, archives[0]?.folder ?? '')]),
    ...(verifications.length === 0 ? [] : ['', ...verifications.flatMap((one) => verified(one, style))]),
    '',
    `Next: spillway queue ${manifest === null ? `archives ${first} --verify` : `restore ${manifest.id} --dry-run`}`,
  ].join('\n');
}

function content(manifest: ArchiveContent, folder: string): string[] {
  const list = (counts: readonly { readonly id: number; readonly messages: number }[]) => {
    const rest = counts.length > mostListed ? `, … ${count(counts.length - mostListed)} more` : '';
    const shown = counts.slice(0, mostListed).map(({ id, messages }) => `${id} (${count(messages)})`);
    return shown.length === 0 ? 'not known' : `${shown.join(', ')}${rest}`;
  };
  const channels = manifest.channels.map(
    ({ channel, messages }) => `${visible(channel)} (${count(messages)})`,
  );
  return [
    `Made by run     ${visible(manifest.runId)}`,
    `Channels        ${channels.join(', ')}`,
    `Conversations   ${list(manifest.conversations)}`,
    `Clients         ${list(manifest.clients)}`,
    `Files           ${counted(manifest.segments.length, 'segment')} in ${visible(folder)}`,
  ];
}

function verified(one: QueueArchives['verifications'][number], style: Style): string[] {
  const bad = one.files.filter(({ ok }) => !ok);
  if (one.ok)
    return [
      style.green(
        `${one.id}: verified, ${counted(one.messages, 'message')} in ${counted(one.files.length, 'file')}.`,
      ),
    ];
  return [
    style.red(`${one.id}: DAMAGED, ${count(bad.length)} of ${counted(one.files.length, 'file')}.`),
    ...bad.map(({ file, detail }) => `  ${visible(file)}: ${visible(detail)}`),
  ];
}
