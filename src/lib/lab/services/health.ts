/** Whether a service can do its work, part by part. It is unhealthy until it has started. */
export class Health {
  readonly #problems = new Map<string, string>([['start', 'is starting']]);
  readonly #onChange: (line: string) => void;

  /** @param onChange is told, in one line, each time that a part fails or comes back */
  constructor(onChange: (line: string) => void) {
    this.#onChange = onChange;
  }

  get problems(): readonly string[] {
    return [...this.#problems].map(([part, problem]) => `${part}: ${problem}`);
  }

  /** Records that a part works, or what is wrong with it. */
  report(part: string, problem?: string): void {
    if (this.#problems.get(part) === problem) return;
    if (problem === undefined) this.#problems.delete(part);
    else this.#problems.set(part, problem);
    this.#onChange(problem === undefined ? `${part} works` : `${part} fails: ${problem}`);
  }
}
