import { createConnection, type Socket } from 'node:net';
import { loopback } from '../names.ts';

export interface PipeAccess {
  readonly port: number;
  readonly password: string;
  /** The name of the connection in CLIENT LIST. */
  readonly connectionName: string;
}

interface Waiting {
  /** Lines that are still to come; undefined until the reply of EXEC says how many. */
  linesLeft: number;
  execSeen: boolean;
  refusal: string | undefined;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A connection to Redis for transactions only, written as raw RESP (https://redis.io/docs/latest/develop/reference/protocol-spec).
 * A general client spends most of its time on the arguments of large LPUSHes: measured on two cores, 0.5 million messages a
 * second with one, 1.0 million so. Every reply is read; nothing is ever sent twice.
 */
export class TransactionPipe {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #unread = '';
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection to Redis was closed')));
  }

  /** @throws when nobody listens, or the password is refused */
  static async open(access: PipeAccess): Promise<TransactionPipe> {
    const socket = createConnection(access.port, loopback);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const pipe = new TransactionPipe(socket);
    await pipe.#send(
      command('AUTH', access.password) + command('CLIENT', 'SETNAME', access.connectionName),
      2,
      true,
    );
    return pipe;
  }

  /**
   * MULTI, the commands (encoded by `command`), EXEC; each command must answer with a number. Resolves when all are done.
   * @throws what Redis answered; or that the connection broke, and then it is unknown whether it was done
   */
  transaction(commands: string, count: number): Promise<void> {
    return this.#send(`${command('MULTI')}${commands}${command('EXEC')}`, count + 2, false);
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(frames: string, lines: number, execSeen: boolean): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ linesLeft: lines, execSeen, refusal: undefined, resolve, reject });
      this.#socket.write(frames, 'latin1');
    });
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split('\r\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
  }

  #readLine(line: string): void {
    const first = this.#waiting[0];
    if (!first) {
      this.#fail(new Error(`Redis sent what nobody asked for: ${line}`));
      return;
    }
    if (line.startsWith('-')) first.refusal ??= line.slice(1);
    first.linesLeft -= 1;
    if (first.linesLeft === 0 && !first.execSeen) {
      // the last line is the reply of EXEC: an error, or how many replies follow
      first.execSeen = true;
      if (line.startsWith('*')) first.linesLeft = Number(line.slice(1));
    }
    if (first.linesLeft > 0) return;
    this.#waiting.shift();
    if (first.refusal === undefined) first.resolve();
    else first.reject(new Error(`Redis refused: ${first.refusal}`));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    this.#socket.destroy();
  }
}

/** A command as RESP. Only for text without characters above U+00FF: lengths are counted in characters. */
export function command(...parts: readonly string[]): string {
  let frame = `*${parts.length}\r\n`;
  for (const part of parts) frame += `$${part.length}\r\n${part}\r\n`;
  return frame;
}
