import { isUtf8 } from 'node:buffer';
import { SpillwayError } from '../core/errors.ts';
import type { ArchiveRecord, StreamName } from './contract.ts';

/** The batch as JSON lines; see contract.ts for their form. Written line by line into one buffer: a long string would be copied once more. */
export function encodeLines(stream: StreamName, records: readonly ArchiveRecord[]): Buffer {
  const head = `{"channel":${JSON.stringify(stream.channel)},"part":${stream.part},"position":`;
  let out = Buffer.allocUnsafe(records.reduce((sum, { raw }) => sum + 2 * raw.length + 128, 0));
  let end = 0;
  for (const { position, raw } of records) {
    const line = isUtf8(raw)
      ? `${head}${position},"message":${JSON.stringify(raw.toString('utf8'))}}\n`
      : `${head}${position},"base64":"${raw.toString('base64')}"}\n`;
    // a UTF-16 unit takes 3 bytes at most
    if (end + 3 * line.length > out.length) {
      out = Buffer.concat([out.subarray(0, end)], 2 * out.length + 3 * line.length);
    }
    end += out.write(line, end, 'utf8');
  }
  return out.subarray(0, end);
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
