const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/**
 * Text from a table, a queue or a child process, made safe to show: control, format, bidi and private-use characters become `\u{…}`,
 * so that a payload cannot move the cursor, recolour the screen or hide itself. Newlines and tabs are escaped too unless `multiline`.
 */
export function visible(text: string, options: { readonly multiline?: boolean } = {}): string {
  return text.replace(unsafe, (character) => {
    if (character === '\u200d') return character;
    if (options.multiline && (character === '\n' || character === '\t')) return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
