import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellWords } from '../../src/formats/shell-words.ts';
import { formatCommand, formatObjective } from '../../src/report/format.ts';
import { rounded } from '../../src/report/view-model/columns.ts';

it('a score is the same text on the page, which has seven digits of it, and elsewhere', () => {
  const text = (score: number): string => formatObjective('score', score);
  expect(text(0.6375000000000001)).toBe('0.638');
  // Means of scores of checks: many lie half-way between two of three digits.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9600 }), fc.integer({ min: -8, max: 8 }), (part, noise) => {
      const score = part / 9600 + noise * Number.EPSILON;
      expect(text(score)).toBe(text(rounded(score)));
    }),
  );
  expect([0, 1, 0.9995, 0.0004, -0.25, 2 / 3].map(text)).toEqual([
    '0.000',
    '1.000',
    '1.000',
    '0.000',
    '-0.250',
    '0.667',
  ]);
});

it('a command is quoted where a shell would read something else', () => {
  const words = ['mixtune', 'tune', 'a', '--bound', 'score>=0.9,latency<=1.2s', '--run', "it's", ''];
  expect(formatCommand(words)).toBe(
    String.raw`mixtune tune a --bound 'score>=0.9,latency<=1.2s' --run 'it'\''s' ''`,
  );
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(...'aZ9 \'"$`\\<>&|;*?~#!(){}[]%@-=,:./') })),
      (words) => {
        // Which sets a variable in front of a command; no word of mixtune's stands there.
        const some = words.filter((word) => !/^[A-Za-z_]\w*=/.test(word));
        expect(shellWords(formatCommand(some))).toEqual(some);
      },
    ),
  );
});
