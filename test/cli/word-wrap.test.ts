import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordWrap } from '../../src/cli/word-wrap.ts';

function wrapped(pieces: readonly string[], width: number): string {
  const wrap = new WordWrap(width);
  return pieces.map((piece) => wrap.take(piece)).join('') + wrap.end();
}

describe('a text in pieces on a terminal', () => {
  it.each([
    ['breaks between words', ['We are so', 'rry and kindl', 'y ask'], 'We are\nsorry and\nkindly ask'],
    ['keeps lines and what they begin with', ['a\n  - b', ' c\n\nd'], 'a\n  - b c\n\nd'],
    ['fills a line to its end', ['abcde fghi', ' jk'], 'abcde fghi\njk'],
    ['leaves a word whole that is longer than a line', ['a ', 'bbbbbbbbbbbb c'], 'a\nbbbbbbbbbbbb c'],
  ])('%s', (_, pieces, text) => {
    expect(wrapped(pieces, 10)).toBe(text);
  });

  it('holds back no more than a word', () => {
    const wrap = new WordWrap(10);
    expect(['It ', 'i', 's 4', '.'].map((piece) => wrap.take(piece))).toEqual(['It', '', ' is', '']);
    expect(wrap.end()).toBe(' 4.');
  });

  it('has no line that is too long while words are short, and loses nothing but spaces at breaks', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 10, max: 30 }),
        fc.integer({ min: 1, max: 7 }),
        (all, width, size) => {
          const text = all.join(' ');
          const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
          const lines = wrapped(pieces, width);
          expect(lines.replaceAll('\n', ' ')).toBe(text);
          expect(wrapped([text], width)).toBe(lines);
          for (const line of lines.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });
});
