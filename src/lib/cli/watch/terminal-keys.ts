import { emitKeypressEvents } from 'node:readline';

/** The keys of `pressKey`, and what the terminal itself would have done with a key: it is in raw mode and does nothing. */
export interface TerminalKeys {
  onKey(key: string): void;
  onInterrupt(): void;
  onSuspend(): void;
}

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

const named = new Set(['up', 'down', 'pageup', 'pagedown', 'return', 'escape', 'tab', 'space']);

/** Listens to the keys of a terminal until the function that it returns is called. Escape sequences are put together, also when they come in pieces. */
export function listenToKeys(input: NodeJS.ReadStream, keys: TerminalKeys): () => void {
  emitKeypressEvents(input);
  const pressed = (text: string | undefined, { name, ctrl, meta }: Keypress) => {
    if (ctrl === true) {
      if (name === 'c') keys.onInterrupt();
      if (name === 'z') keys.onSuspend();
      return;
    }
    if (name !== undefined && named.has(name)) keys.onKey(name);
    else if (name === 'enter') keys.onKey('return');
    else if (text !== undefined && meta !== true) keys.onKey(text);
  };
  input.on('keypress', pressed);
  return () => input.off('keypress', pressed);
}
