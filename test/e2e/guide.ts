import { setTimeout as delay } from 'node:timers/promises';
import { keys, type Terminal } from '../cli/terminal.ts';

/** A question that waits for an answer. */
export interface Question {
  /** Title of the runbook's step that it belongs to. */
  readonly step: string;
  readonly kind: 'menu' | 'tick' | 'text';
  readonly text: string;
  /** All that was shown since the step's heading. */
  readonly shown: string;
}

const heading = /^\[(\d+)\/\d+[^\]]*\] (.*)$/gm;

/** A person at the terminal of a guided run: reads the question, moves the pointer, types. */
export class Guide {
  readonly #terminal: Terminal;
  #ended = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    // never rejects
    void terminal.exitCode.then(() => {
      this.#ended = true;
    });
  }

  /** Numbers of the steps that were announced, in order. */
  stepsSeen(): number[] {
    return [...this.#terminal.history().matchAll(heading)].map(([, number]) => Number(number));
  }

  /** Waits for a question; undefined when the command has ended. */
  async next(): Promise<Question | undefined> {
    for (;;) {
      const question = this.#open();
      if (question !== undefined) return question;
      if (this.#ended) return undefined;
      await delay(20);
    }
  }

  /** Moves the pointer to an entry of the open menu and presses Enter. */
  async pick(entry: string): Promise<void> {
    for (;;) {
      const pointed = this.#pointed();
      if (pointed === entry) break;
      this.#terminal.type(keys.down);
      await this.#until(() => this.#pointed() !== pointed);
    }
    await this.#answer('');
  }

  /** Leaves the ticks as they are. */
  async acceptTicks(): Promise<void> {
    await this.#answer('');
  }

  async type(text: string): Promise<void> {
    await this.#answer(text);
  }

  /** Types and presses Enter, and waits until the question is marked as answered. */
  async #answer(text: string): Promise<void> {
    const before = this.#answered();
    this.#terminal.type(`${text}${keys.enter}`);
    await this.#until(() => this.#answered() > before);
  }

  #answered(): number {
    return this.#terminal
      .history()
      .split('\n')
      .filter((line) => line.startsWith('✔')).length;
  }

  #open(): Question | undefined {
    const screen = this.#terminal.screen().split('\n');
    const at = screen.findLastIndex((line) => line.startsWith('? '));
    if (at === -1) return undefined;
    const below = screen.slice(at + 1);
    const kind = below.some((line) => line.includes('space select'))
      ? 'tick'
      : below.some((line) => line.startsWith('❯'))
        ? 'menu'
        : 'text';
    const history = this.#terminal.history();
    const last = [...history.matchAll(heading)].at(-1);
    return {
      step: last?.[2] ?? '',
      kind,
      text: screen.slice(at).join('\n'),
      shown: history.slice(last?.index ?? 0),
    };
  }

  #pointed(): string | undefined {
    return this.#terminal
      .screen()
      .split('\n')
      .findLast((line) => line.startsWith('❯ '))
      ?.slice(2);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#ended) throw new Error(`The command has ended. It showed:\n${this.#terminal.history()}`);
      await delay(20);
    }
  }
}
