import { expect, test } from 'vitest';
import { withNote } from '../../src/cli/progress.ts';
import type { Progress } from '../../src/domain/run-result.ts';
import { createProgressLines } from '../../src/report/progress-lines.ts';

const progress = (...notices: string[]): Progress => ({
  run: 'r',
  task: 't',
  simulated: true,
  phase: 'search',
  evaluations: 3,
  trialsInFlight: 0,
  callsInFlight: 0,
  cachedCalls: 0,
  spent: { calls: 0, tokensIn: 0, tokensOut: 0, usd: 0, seconds: 0 },
  budget: {},
  bestScore: null,
  front: [],
  objectives: ['score'],
  hypervolumeTrend: [],
  notices,
});

test('a note of our own is shown at once, and no notice of the run is lost or said twice', () => {
  const lines: string[] = [];
  const display = withNote({
    update: createProgressLines((line) => lines.push(line)),
    done: () => undefined,
  });
  display.update(progress('one'));
  display.note('stopping');
  display.note('stopping');
  expect(lines.filter((line) => line.startsWith('notice'))).toEqual(['notice: one', 'notice: stopping']);
  display.update(progress('one', 'two'));
  display.update(progress('one', 'two', 'three'));
  expect(lines.filter((line) => line.startsWith('notice'))).toEqual(
    ['one', 'stopping', 'two', 'three'].map((text) => `notice: ${text}`),
  );
});

test('a note before the first progress is shown with it', () => {
  const lines: string[] = [];
  const display = withNote({
    update: createProgressLines((line) => lines.push(line)),
    done: () => undefined,
  });
  display.note('stopping');
  display.update(progress());
  expect(lines[0]).toBe('notice: stopping');
});

test('progress after the end is not shown: the result stands there by then', () => {
  const shown: string[] = [];
  const display = withNote({
    update: (update) => shown.push(update.phase),
    done: () => shown.push('done'),
  });
  display.update(progress());
  display.done();
  display.update(progress());
  display.note('stopping');
  expect(shown).toEqual(['search', 'done']);
});
