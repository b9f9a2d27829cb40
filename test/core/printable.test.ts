import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownColors, printable } from '../../src/core/printable.ts';
import { anyText } from '../support/any-text.ts';

/** Unicode's own words for what a terminal may obey, beside the list that is used. */
function obeys(character: string): boolean {
  if (character === '\n' || character === '\t') return false;
  return /^[\p{Cc}\p{Cs}\p{Bidi_Control}]$/u.test(character);
}

describe('printable', () => {
  test('every character of the basic plane, alone: escaped where a terminal would obey it, else as it is', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      const shown = printable(character);
      const escaped = `\\u${code.toString(16).padStart(4, '0')}`;
      if (shown !== (obeys(character) ? escaped : character)) expect(shown, escaped).toBe('');
    }
  });

  test('any text: nothing obeyed is left, and what was fine is untouched', () => {
    const text = anyText({ maxLength: 60 });
    fc.assert(
      fc.property(text, (given) => {
        const shown = printable(given);
        expect([...shown].filter(obeys)).toEqual([]);
        if (![...given].some(obeys)) expect(shown).toBe(given);
      }),
    );
  });

  test('JSON stays JSON and says the same', () => {
    const unit = fc.constantFrom('"', '\\', '\u001b', '\u009b', '\u202e', '\ud800', '\r', '\n', 'a', '😀');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (value) => {
        for (const json of [JSON.stringify({ [value]: value }), JSON.stringify([value], null, 2)]) {
          expect(JSON.parse(printable(json))).toEqual(JSON.parse(json));
        }
      }),
    );
  });

  test('own colours pass, those of a text do not, nor do guesses at the mark', () => {
    const bold = ownColors('\u001b[1m');
    expect(printable(`${bold}a`)).toBe('\u001b[1ma');
    expect(printable('\u001b[1ma')).toBe('\\u001b[1ma');
    expect(printable('\u001b[1;1234;1234;1234;1234ma')).toBe('\\u001b[1;1234;1234;1234;1234ma');
    expect(printable('\u001b[31m\u009b31m\u001b]0;title\u0007')).toBe(
      '\\u001b[31m\\u009b31m\\u001b]0;title\\u0007',
    );
  });
});
