const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Makes ids such as `run-k7m2xq`: short enough to type, without letters that look alike. `random` gives bytes. */
export function idMaker(random: (length: number) => Uint8Array): (prefix: string) => string {
  return (prefix) => {
    const letters = [...random(8)].map((byte) => alphabet[byte % alphabet.length]);
    return `${prefix}-${letters.join('')}`;
  };
}
