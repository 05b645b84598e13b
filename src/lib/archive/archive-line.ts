import { isUtf8 } from 'node:buffer';
import { SpillwayError } from '../core/errors.ts';
import type { ArchiveRecord, StreamName } from './contract.ts';

/** The batch as JSON lines; see contract.ts for their form. */
export function encodeLines(stream: StreamName, records: readonly ArchiveRecord[]): Buffer {
  const head = `{"channel":${JSON.stringify(stream.channel)},"part":${stream.part},"position":`;
  let text = '';
  for (const { position, raw } of records) {
    text += isUtf8(raw)
      ? `${head}${position},"message":${JSON.stringify(raw.toString('utf8'))}}\n`
      : `${head}${position},"base64":"${raw.toString('base64')}"}\n`;
  }
  return Buffer.from(text, 'utf8');
}

/** The records of a frame's content. Throws SpillwayError `failed` for a line that was not written by `encodeLines` for this stream. */
export function decodeLines(stream: StreamName, content: Buffer): ArchiveRecord[] {
  const lines = content.toString('utf8').split('\n');
  if (lines.pop() !== '') throw new SpillwayError('failed', 'the last line of a frame is torn off');
  return lines.map((line) => decodeLine(stream, line));
}

function decodeLine(stream: StreamName, line: string): ArchiveRecord {
  const value = parsed(line);
  const { channel, part, position, message, base64 } = value;
  if (channel !== stream.channel || part !== stream.part || !Number.isSafeInteger(position)) {
    throw new SpillwayError('failed', `a line does not belong to ${stream.channel}, part ${stream.part}`);
  }
  if (typeof message === 'string') return { position: Number(position), raw: Buffer.from(message, 'utf8') };
  if (typeof base64 === 'string') return { position: Number(position), raw: Buffer.from(base64, 'base64') };
  throw new SpillwayError('failed', `the line of position ${String(position)} holds no message`);
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new SpillwayError('failed', 'a line is not JSON', { cause: error });
  }
  throw new SpillwayError('failed', 'a line is not a JSON object');
}
