import { describe, expect, it } from 'vitest';
import { CellTimes } from '../../src/run/cells/cell-times.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';

const of = { split: 'tuning', instance: 'a', repeat: 0 } as const;
const started = (cell: number, trial: number, at: number): RunEvent => ({
  ...{ kind: 'cell-started', cell, trial, of, at },
});
const finished = (cell: number, trial: number, at: number): RunEvent => ({
  ...{ kind: 'cell-finished', cell, trial, at },
  result: {
    grade: { kind: 'scored', value: 1 },
    measurement: { score: 1, latency: 1, tokens: 1, usd: null },
    answer: 'a',
    degraded: [],
    calls: 1,
    tokensEstimated: false,
  },
});

describe('how long cells take', () => {
  it('is known of a trial by its own cells, else by those of others', () => {
    const times = new CellTimes();
    expect(times.usual(0)).toBe(0);
    for (const event of [started(0, 0, 100), finished(0, 0, 1100)]) times.take(event);
    expect([times.usual(0), times.usual(7)]).toEqual([1000, 1000]);
    for (const event of [started(1, 0, 2000), finished(1, 0, 4000)]) times.take(event);
    expect(times.usual(0)).toBe(1200);
  });

  it('says which open cell is not worth waiting for', () => {
    const times = new CellTimes();
    for (const event of [started(0, 0, 0), finished(0, 0, 1000), started(1, 0, 1000), started(2, 3, 1000)])
      times.take(event);
    expect([times.isLate(1, 4000), times.isLate(2, 4000)]).toEqual([false, false]);
    expect([times.isLate(1, 4001), times.isLate(2, 4001)]).toEqual([true, true]);
    times.take({ kind: 'cell-abandoned', cell: 1, because: 'time', reason: 'over', at: 4001 });
    expect(times.isLate(1, 9000)).toBe(false);
  });
});
