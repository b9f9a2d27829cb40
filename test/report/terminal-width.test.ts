import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frontText, nextSteps } from '../../src/cli/text.ts';
import { createColors } from '../../src/report/colors.ts';
import { wrapText } from '../../src/report/wrap-text.ts';
import { sampleFront } from '../support/front-sample.ts';

const look = (width: number) => ({
  scale: { max: 120 },
  colors: createColors(false),
  width,
  paragraphs: width,
  rows: { most: 11, baselines: 4, command: 'mixtune front r' },
});

/** Many points, half of them without a holdout. */
function longFront() {
  const file = sampleFront();
  const [first] = file.front;
  if (first === undefined) throw new Error('the sample has no front');
  const others = Array.from({ length: 30 }, (_, at) => ({
    ...first,
    id: String(at).padStart(12, '0'),
    ...(at % 2 === 0 ? { holdout: null } : {}),
  }));
  return { ...file, front: [...file.front, ...others] };
}

describe.each([60, 80, 100, 120, 160, 200])('at %i columns', (width) => {
  const text = frontText(longFront(), look(width));
  const lines = text.split('\n');
  const front = lines.slice(lines.findIndex((line) => line.startsWith('Front of')));

  test('no line of the result is longer, but for a word', () => {
    const long = lines.filter((line) => line.length > width && line.trim().includes(' '));
    expect(long).toEqual([]);
  });

  test('nor of one without a holdout, whose run has a long name', () => {
    const file = longFront();
    const [first] = file.front;
    if (first === undefined) throw new Error('the sample has no front');
    const { id, objectives } = first;
    const line = { kind: 'mixture' as const, id, score: objectives.score, tokens: 400, over: [] };
    const headline = { split: 'tuning' as const, questions: 8, cells: 16, lines: [line] };
    const command = 'mixtune front contest-math-of-the-year-20261121-220000';
    const given = { ...look(width), rows: { most: 11, baselines: 0, command } };
    const told = frontText(
      { ...file, baselines: file.front.map((each) => ({ ...each, label: 'single' })), headline },
      given,
    );
    expect(told).toContain('no holdout');
    expect(told).toContain('with lower scores');
    expect(told.split('\n').filter((each) => each.length > width)).toEqual([]);
  });

  test('the front stands last, says what its points are and what they score', () => {
    const rows = front.slice(2).filter((line) => /^[0-9a-f]{8,12} /.test(line));
    expect(rows).toHaveLength(11);
    for (const row of rows) {
      expect(row).toMatch(/0\.\d{3} \[/);
    }
    // Where there is hardly any room, a point's config stands below its names.
    expect(front.filter((line) => / [a-z]{4,}-\d/.test(line))).toHaveLength(rows.length);
    expect(front[1]).toContain('config');
  });

  test('front and next steps are whole on a screen of 24 lines', () => {
    const steps = nextSteps('r', '/runs/r', longFront(), '/', { runsDir: 'runs' }).split('\n');
    // A line between them, and the shell's own.
    expect(front.length + 1 + steps.length + 1).toBeLessThanOrEqual(24);
  });
});

test('one point that there is no room for is one', () => {
  const file = longFront();
  const told = frontText({ ...file, front: file.front.slice(0, 12) }, look(160));
  expect(told).toContain('… and 1 more point between these: mixtune front r');
});

test.each([
  [
    'evaluations',
    'those that score next to nothing beside the best are left out, and it takes no more calls',
  ],
  ['space-exhausted', 'those that score next to nothing beside the best are left out'],
  ['tokens', 'the ceiling on tokens was reached'],
  ['interrupted', 'interrupted; resume to go on'],
])('why points lack a holdout after a run that ended for %s', (ended, why) => {
  const file = { ...sampleFront(), ended, unmeasured: { points: 2, partly: 0, of: 3, because: 'unknown' } };
  expect(frontText(file, look(200))).toContain(`Holdout: of 3 points on the front 2 not measured (${why}`);
});

test.each([
  ['running', 'So far: 200 configs tried; still running.'],
  ['evaluations', 'Ended: 200 configs tried; the ceiling on evaluations was reached.'],
])('only a run that has ended is said to have: %s', (ended, line) => {
  expect(frontText({ ...sampleFront(), ended }, look(200)).split('\n')).toContain(line);
});

test('a paragraph is broken between words alone, and nothing is lost', () =>
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,30}$/)),
      fc.integer({ min: 1, max: 80 }),
      (words, width) => {
        const lines = wrapText(words.join(' '), width).split('\n');
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      },
    ),
  ));

test('an indented paragraph stays indented', () =>
  expect(wrapText('  one two three', 9)).toBe('  one two\n  three'));
