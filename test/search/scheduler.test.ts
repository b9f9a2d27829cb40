import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type Cell, cellKey } from '../../src/domain/cell.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { fidelityLevels, firstCells, looksUpTo } from '../../src/search/scheduling/levels.ts';
import type { ScheduleOptions } from '../../src/search/scheduling/types.ts';
import { SearchSession } from '../../src/search/session.ts';
import type { Trial } from '../../src/search/trial.ts';
import { thorough } from '../support/thorough.ts';
import { wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const cellsOf = (count: number): Cell[] =>
  Array.from({ length: count }, (_, index) => ({ split: 'tuning', instance: `i${index}`, repeat: 0 }));

interface Play {
  readonly session: SearchSession;
  readonly cells: readonly Cell[];
  /** Level size when each cell was begun. */
  readonly begun: { readonly trial: Trial; readonly at: number; readonly levelSize: number }[];
  /** Members of the front that had fewer cells than the level and none under way, when each trial was begun. */
  readonly behind: { readonly levelSize: number; readonly members: number }[];
}

/** Plays a session with several cells in flight that end in a shuffled order; every seventh is unscored. */
function play(seed: number, trials: number, count: number, schedule: Partial<ScheduleOptions>): Play {
  const landscape = createLandscape(`schedule/${seed}`, 0.3);
  const cells = cellsOf(count);
  const index = new Map(cells.map((cell, at) => [cellKey(cell), at]));
  const session = new SearchSession({
    space: wideSpace(),
    objectives,
    cells,
    seed,
    strategy: 'evolution',
    schedule,
  });
  const rng = createRng(`order/${seed}`);
  const flying: { readonly trial: Trial; readonly cell: Cell }[] = [];
  const begun: Play['begun'] = [];
  const behind: Play['behind'] = [];
  const isBehind = ({ granted, openCells, begun: { size } }: Trial): boolean =>
    granted < session.levelSize && openCells === 0 && size >= granted;
  for (let steps = 0; session.trials.length < trials || flying.length > 0; steps++) {
    const step =
      flying.length < 6 && session.trials.length < trials ? session.next() : { kind: 'wait' as const };
    if (step.kind === 'cell') {
      flying.push({ trial: step.trial, cell: step.cell });
      if (step.trial.begun.size === 1) {
        const { levelSize } = session;
        behind.push({ levelSize, members: session.front().filter(isBehind).length });
      }
      begun.push({
        trial: step.trial,
        at: index.get(cellKey(step.cell)) as number,
        levelSize: session.levelSize,
      });
      continue;
    }
    if (step.kind === 'exhausted') break;
    const [next] = flying.splice(rng.integer(flying.length), 1);
    if (next === undefined) break;
    const key = cellKey(next.cell);
    const unscored = steps % 7 === 0;
    session.finish(
      next.trial,
      next.cell,
      unscored ? null : landscape.measure(next.trial.config, next.trial.id, key),
    );
  }
  return { session, cells, begun, behind };
}

describe('levels', () => {
  it.each([
    [1, [1]],
    [16, [16]],
    [23, [23]],
    [25, [16, 25]],
    [100, [16, 32, 64, 100]],
    [500, [16, 32, 64, 128, 256, 500]],
  ])('of %i cells double up to all', (total, levels) => {
    expect(fidelityLevels(total)).toEqual(levels);
  });

  it('end at all cells, ascend, and at most double but for the last, which is at most 3 times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 64 }), (total, first) => {
        const levels = fidelityLevels(total, first);
        expect(levels.at(-1)).toBe(total);
        for (let at = 1; at < levels.length; at++) {
          const ratio = (levels[at] as number) / (levels[at - 1] as number);
          expect(ratio).toBeGreaterThan(1);
          expect(ratio).toBeLessThanOrEqual(3);
        }
      }),
    );
  });

  it('are looked at on the way, last at their end', () => {
    expect(looksUpTo(64, 8)).toEqual([8, 16, 32, 64]);
    expect(looksUpTo(20, 8)).toEqual([8, 16, 20]);
    expect(looksUpTo(4, 8)).toEqual([4]);
    expect(looksUpTo(10, Number.POSITIVE_INFINITY)).toEqual([10]);
  });
});

describe('first cells', () => {
  it.each([
    { level: 64, startingCells: 8, expected: 64 },
    { level: 64, startingCells: 8, mostAtFirst: 32, expected: 32 },
    { level: 16, startingCells: 8, mostAtFirst: 32, expected: 16 },
    { level: 48, startingCells: 48, mostAtFirst: 32, expected: 48 },
    { level: 60, startingCells: Number.POSITIVE_INFINITY, mostAtFirst: 32, expected: 60 },
  ])('of a trial at level $level, from $startingCells on, at most $mostAtFirst: $expected', (given) => {
    expect(firstCells(given.level, given)).toBe(given.expected);
  });
});

describe('schedule', () => {
  const small = {
    startingCells: 4,
    growAfter: 12,
    firstLook: 2,
    reevaluationShare: 0.15,
    reevaluationLimit: 2,
    reevaluateWhileGrowing: true,
  };
  const racing = 'e-process';
  let raced: Play;
  beforeAll(() => {
    raced = play(2, 90, 40, { ...small, racing });
  });

  it('lets every trial walk the cells from the first without a gap, and none twice', () => {
    const { session, cells } = raced;
    for (const trial of session.trials) {
      const walked = cells.map((cell) => trial.begun.has(cellKey(cell)));
      expect(walked.indexOf(false) === -1 ? cells.length : walked.indexOf(false)).toBe(trial.begun.size);
    }
  });

  it('grows in the order of levels, and only with enough trials at each', () => {
    const { begun } = raced;
    const sizes = begun.map(({ levelSize }) => levelSize);
    expect([...new Set(sizes)]).toEqual([4, 8, 16, 40].slice(0, new Set(sizes).size));
    expect(new Set(sizes).size).toBeGreaterThan(2);
    for (const size of new Set(sizes)) {
      const started = new Set(
        begun.filter(({ levelSize }) => levelSize < size).map(({ trial }) => trial.trial),
      );
      if (size > 4) expect(started.size).toBeGreaterThanOrEqual(small.growAfter);
    }
  });

  it('begins no trial on more cells than at most, and takes the front to its level before anything new', () => {
    const mostAtFirst = 8;
    const { session, begun, behind } = play(5, 90, 40, {
      ...small,
      advised: true,
      racing: 'none',
      mostAtFirst,
    });
    expect(session.levelSize).toBe(40);
    const late = behind.filter(({ levelSize }) => levelSize > mostAtFirst);
    expect(Math.max(...late.map(({ members }) => members))).toBe(0);
    const front = new Set(session.front());
    const further = session.trials.filter((trial) => trial.begun.size > mostAtFirst);
    expect(further.length).toBeGreaterThanOrEqual(front.size / 2);
    expect(further.length).toBeLessThan(session.trials.length / 2);
    const levels = new Set(begun.map(({ levelSize }) => levelSize));
    expect([...levels]).toEqual([4, 8, 16, 40]);
  });

  it('keeps its promise on the share of fresh samples', () => {
    const { session, begun } = raced;
    const extra = begun.filter(({ at, levelSize }) => at >= levelSize).length;
    expect(extra).toBeGreaterThan(0);
    expect(extra).toBeLessThanOrEqual(0.15 * begun.length + 2);
    for (const trial of session.trials) expect(trial.begun.size).toBeLessThanOrEqual(2 * session.levelSize);
  });

  it.skipIf(!thorough)('drops trials only under a racing rule, never one of the front', () => {
    const wide = { ...small, startingCells: 16, firstLook: 8 };
    const { session } = play(6, 120, 60, { ...wide, racing });
    const dropped = session.trials.filter((trial) => trial.status === 'dropped');
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.filter((trial) => session.front().includes(trial))).toEqual([]);
    const unraced = play(5, 30, 60, { ...wide, racing: 'none' }).session;
    expect(unraced.trials.filter((trial) => trial.status === 'dropped')).toEqual([]);
  });

  it('with fixed fidelity gives every trial all cells at once', () => {
    const { session, begun } = play(6, 20, 5, {
      startingCells: Number.POSITIVE_INFINITY,
      reevaluationShare: 0,
    });
    expect(begun.every(({ levelSize }) => levelSize === 5)).toBe(true);
    const finished = session.trials.filter((trial) => trial.status === 'finished');
    expect(finished.every((trial) => trial.begun.size === 5)).toBe(true);
  });

  it('does the same again for the same seed', () => {
    const trace = (seed: number) =>
      play(seed, thorough ? 50 : 25, 24, { ...small, racing }).begun.map(({ trial, at }) => [trial.id, at]);
    const seventh = trace(7);
    expect(trace(7)).toEqual(seventh);
    expect(trace(8)).not.toEqual(seventh);
  });
});
