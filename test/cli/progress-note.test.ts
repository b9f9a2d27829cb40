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

function raiseEarly(line: string): never {
  throw new Error(`told before any progress: ${line}`);
}

test('a note of our own is shown at once, and no notice of the run is lost or said twice', () => {
  const lines: string[] = [];
  const display = withNote(
    {
      update: createProgressLines((line) => lines.push(line)),
      done: () => undefined,
    },
    raiseEarly,
  );
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

test('a note before the first progress is told at once, and no more with it', () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const display = withNote({ update: createProgressLines(write), done: () => undefined }, write);
  display.note('stopping');
  expect(lines).toEqual(['notice: stopping']);
  display.update(progress('one'));
  expect(lines.slice(1, 2)).toEqual(['notice: one']);
  expect(lines.filter((line) => line.includes('stopping'))).toHaveLength(1);
});

test('progress after the end is not shown: the result stands there by then', () => {
  const shown: string[] = [];
  const display = withNote(
    {
      update: (update) => shown.push(update.phase),
      done: () => shown.push('done'),
    },
    raiseEarly,
  );
  display.update(progress());
  display.done();
  display.update(progress());
  display.note('stopping');
  expect(shown).toEqual(['search', 'done']);
});
