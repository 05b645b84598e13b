import { styleText } from 'node:util';

type Look = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** How emphasis is written: with colour on a terminal that wants it, else as the bare text. Meaning never rests on colour alone. */
export type Style = Readonly<Record<Look, (text: string) => string>>;

const looks: readonly Look[] = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'];

/** `colour: false` gives text without any escape sequence. */
export function makeStyle(colour: boolean): Style {
  const pairs = looks.map((look) => [
    look,
    (text: string) => (colour ? styleText(look, text, { validateStream: false }) : text),
  ]);
  return Object.fromEntries(pairs) as Style;
}

export const plainStyle: Style = makeStyle(false);
