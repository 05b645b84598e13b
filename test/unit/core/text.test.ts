import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idMaker } from '../../../src/lib/core/ids.ts';
import { toJson } from '../../../src/lib/core/json.ts';
import { editDistance, nearest } from '../../../src/lib/core/nearest.ts';
import { typedCommand } from '../../../src/lib/core/typed-command.ts';
import { visible } from '../../../src/lib/core/visible.ts';

describe('visible', () => {
  test.each([
    ['an escape sequence', '\u001b[31mred', '\\u{1b}[31mred'],
    ['a carriage return', 'done\rfailed', 'done\\u{d}failed'],
    ['a newline and a tab', 'a\n\tb', 'a\\u{a}\\u{9}b'],
    ['a bell and a backspace', '\u0007\b', '\\u{7}\\u{8}'],
    ['C1 controls', '\u009b31m', '\\u{9b}31m'],
    ['delete', '\u007f', '\\u{7f}'],
    ['bidi overrides and isolates', '\u202egnp.exe\u2066', '\\u{202e}gnp.exe\\u{2066}'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['line and paragraph separators', '\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['tag characters', '\u{e0041}', '\\u{e0041}'],
    ['private use', '\ue000', '\\u{e000}'],
    ['half a character', '\ud800', '\\u{d800}'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('leaves what people write alone', () => {
    for (const text of ['Spring sale', 'Grüße, 漢字, العربية', '👩‍🚀 family', 'a\\b "c"'])
      expect(visible(text)).toBe(text);
  });

  test('keeps newlines and tabs, and nothing else, where several lines are wanted', () => {
    expect(visible('a\n\tb\r\u001b', { multiline: true })).toBe('a\n\tb\\u{d}\\u{1b}');
  });

  test('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });
});

describe('nearest', () => {
  test('finds typing errors, the best first, and nothing that is merely short', () => {
    const topics = ['status', 'volume', 'queue', 'errors', 'undo'];
    expect(nearest('stauts', topics)).toEqual(['status']);
    expect(nearest('QUEU', topics)).toEqual(['queue']);
    expect(nearest('erors', topics)).toEqual(['errors']);
    expect(nearest('xylophone', topics)).toEqual([]);
    expect(nearest('x', ['run', 'runs', 'rx', 'xx'])).toEqual(['rx', 'xx']);
  });

  test('the distance is symmetric, nothing to itself, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });

  test('a swap of neighbours is one error', () => {
    expect(editDistance('pruge', 'purge')).toBe(1);
  });
});

test('a typed command survives the shell: words with anything special are quoted', () => {
  expect(typedCommand(['pg_dump', '-d', 'my db', "it's", '', 'a=b', '$(x)'])).toBe(
    "pg_dump -d 'my db' 'it'\\''s' '' a=b '$(x)'",
  );
});

test('ids are made of letters that cannot be mistaken for each other', () => {
  const newId = idMaker((length) => Uint8Array.from({ length }, (_, index) => index * 37));
  expect(newId('run')).toMatch(/^run-[a-hjkmnp-z2-9]{8}$/);
});

test('the JSON of a value drops what JSON has not, and is a copy', () => {
  const value = { at: new Date(0), nothing: undefined, list: [undefined, 1], deep: { a: null } };
  expect(toJson(value)).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [null, 1], deep: { a: null } });
  expect(toJson(undefined)).toBeNull();
  expect(() => toJson({ id: 1n })).toThrow(TypeError);
});
