import type { Fix } from '../../operations/watch/fixes.ts';
import type { Style } from '../../views/style.ts';
import type { WatchFrame } from '../../views/watch/frame.ts';
import { renderWatch } from '../../views/watch/picture.ts';
import { firstScreen, type Screen } from '../../views/watch/screen.ts';
import { redactor } from '../redactor.ts';
import type { Session } from '../session.ts';
import type { AlternateScreen } from './alternate-screen.ts';
import { pressKey } from './keys.ts';
import { planFix } from './planning.ts';
import { Sampler } from './sampler.ts';
import { listenToKeys } from './terminal-keys.ts';

export interface LiveOptions {
  readonly terminal: AlternateScreen;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly style: Style;
  readonly intervalMs: number;
  readonly windowSeconds: number;
  /** Ends by itself after so many ticks; null: never. */
  readonly ticks: number | null;
}

export interface LiveEnd {
  readonly how: 'quit' | 'ticks' | 'interrupted';
  /** The command of the last plan that was looked at; null when none was. */
  readonly command: string | null;
}

/** Several changes within this time are one picture, in milliseconds. */
const drawAfterMs = 30;

/** The live screen, from entering the alternate buffer to leaving it, whatever ends it. */
export async function watchLive(session: Session, options: LiveOptions): Promise<LiveEnd> {
  const live = new Live(session, options);
  const { output, input, terminal } = options;
  const redraw = () => live.drawSoon();
  const interrupt = () => live.end('interrupted');
  const stopListening = terminal.hasKeys
    ? listenToKeys(input, {
        onKey: (key) => live.press(key),
        onInterrupt: interrupt,
        onSuspend: () => live.suspend(),
      })
    : () => {};
  output.on('resize', redraw);
  process.on('SIGHUP', interrupt);
  session.env.signal.addEventListener('abort', interrupt, { once: true });
  try {
    terminal.enter();
    return await live.run();
  } finally {
    terminal.leave();
    stopListening();
    output.off('resize', redraw);
    process.off('SIGHUP', interrupt);
    session.env.signal.removeEventListener('abort', interrupt);
  }
}

class Live {
  readonly #session: Session;
  readonly #options: LiveOptions;
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<LiveEnd>();
  readonly #sampler: Sampler;
  #screen: Screen;
  /** What was shown when the screen was paused. */
  #frozen: Pick<WatchFrame, 'at' | 'figures' | 'incident' | 'journalFailure'> | null = null;
  #planning: AbortController | null = null;
  #command: string | null = null;
  #drawing: NodeJS.Timeout | null = null;
  #ticks = 0;

  constructor(session: Session, options: LiveOptions) {
    this.#session = session;
    this.#options = options;
    this.#screen = firstScreen(options.windowSeconds);
    this.#sampler = new Sampler(session, { intervalMs: options.intervalMs, signal: this.#stop.signal });
  }

  async run(): Promise<LiveEnd> {
    const timer = setInterval(() => this.#tick(), this.#options.intervalMs);
    this.#tick();
    this.#draw();
    try {
      return await this.#ended.promise;
    } finally {
      clearInterval(timer);
      if (this.#drawing !== null) clearTimeout(this.#drawing);
      this.#stop.abort();
      this.#planning?.abort();
    }
  }

  end(how: LiveEnd['how']): void {
    this.#ended.resolve({ how, command: this.#command });
  }

  press(key: string): void {
    const before = this.#frame();
    const { screen, effect } = pressKey(this.#screen, key, before.figures, before.target);
    this.#screen = screen;
    if (!screen.paused) this.#frozen = null;
    else this.#frozen ??= before;
    if (effect?.kind === 'quit') this.end('quit');
    if (effect?.kind === 'stop-planning') this.#planning?.abort();
    if (effect?.kind === 'plan') this.#run(this.#plan(effect.fix));
    this.drawSoon();
  }

  /** As the shell's job control would: the terminal is given back while the process is stopped. */
  suspend(): void {
    this.#options.terminal.leave();
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      if (this.#stop.signal.aborted) return;
      this.#options.terminal.enter();
      this.#draw();
    }, 50);
  }

  drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#draw(), drawAfterMs);
  }

  #draw(): void {
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    this.#drawing = null;
    const { terminal, style } = this.#options;
    const lines = renderWatch(this.#frame(), terminal.size, style);
    terminal.draw(lines.map((line) => redactor.scrub(line)));
  }

  #frame(): WatchFrame {
    const shown = this.#frozen ?? {
      at: this.#session.env.clock.now().toISOString(),
      figures: this.#sampler.figures(this.#screen.windowSeconds),
      incident: this.#sampler.incident,
      journalFailure: this.#sampler.journalFailure,
    };
    return {
      ...shown,
      target: this.#session.target,
      intervalSeconds: this.#options.intervalMs / 1_000,
      screen: this.#screen,
    };
  }

  #tick(): void {
    this.#ticks += 1;
    const last = this.#ticks === this.#options.ticks;
    if (this.#options.ticks !== null && this.#ticks > this.#options.ticks) return;
    const sampled = this.#sampler.tick(() => this.drawSoon());
    this.drawSoon();
    this.#run(last ? sampled.then(() => this.end('ticks')) : sampled);
  }

  async #plan(fix: Fix): Promise<void> {
    const planning = new AbortController();
    this.#planning?.abort();
    this.#planning = planning;
    const { signal } = planning;
    const show = (overlay: Screen['overlay']) => {
      if (signal.aborted) return;
      this.#screen = { ...this.#screen, overlay };
      this.drawSoon();
    };
    try {
      const plan = await planFix(this.#session, fix, {
        signal,
        onProgress: (progress) => show({ kind: 'planning', fix, progress }),
      });
      if (!plan.failed && !signal.aborted) this.#command = fix.command;
      show({ kind: 'plan', fix, offset: 0, ...plan });
    } catch (error) {
      // The person went back: nobody waits for this plan.
      if (!signal.aborted) throw error;
    }
  }

  /** Work beside the screen: what goes wrong there ends it. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.#ended.reject(error));
  }
}
