import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../src/domain/cell-result.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { writingResultOf } from '../../src/run/drafts/writing-result.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { TrialBook } from '../../src/search/trial-book.ts';

const objectives = ['score', 'tokens'] as const;
const written = 'Written.';

interface Told {
  readonly name: string;
  readonly prompt?: string;
  readonly scores: readonly number[];
  readonly tokens: number;
}

function resultOf(score: number, tokens: number): CellResult {
  return {
    grade: { kind: 'scored', value: score },
    measurement: { score, latency: 1, tokens, usd: null },
    answer: 'x',
    degraded: [],
    calls: 1,
    tokensEstimated: false,
  };
}

const configOf = ({ name, prompt = 'Plain.' }: Told): MoaConfig => ({
  version: 1,
  name,
  stages: [{ kind: 'propose', agents: [{ name, model: 'sim/a', prompt, temperature: 0, samples: 1 }] }],
});

/** A run of these trials, of which the strategy believed those in turn to be the front. */
function brought(
  trials: readonly Told[],
  believed: readonly (readonly number[])[],
  finalists: readonly number[],
) {
  let cell = 0;
  const asked = { kind: 'draft', operator: 'reflect-prompt', parent: 'x' } as const;
  const of = { ...asked, target: { stage: 'stages[0]', agent: 0 }, origin: { operator: 'x', parents: [] } };
  const events: readonly RunEvent[] = [
    {
      at: 0,
      kind: 'draft-started',
      draft: 0,
      of,
      request: { model: 'sim/a', messages: [], sample: { repeat: 0, index: 0 } },
    },
    { at: 0, kind: 'draft-finished', draft: 0, of, outcome: { kind: 'written', prompt: written }, tokens: 9 },
    ...trials.flatMap((told, trial): RunEvent[] => {
      const config = configOf(told);
      const origin = { operator: 'random', parents: [] };
      return [
        { at: 0, kind: 'trial-started', trial, id: configId(config), config, origin },
        ...told.scores.flatMap((score, at): RunEvent[] => {
          const each = { cell: cell++, trial };
          const where = { split: 'tuning', repeat: 0, instance: `q${at}` } as const;
          return [
            { at: 0, kind: 'cell-started', ...each, of: where },
            { at: 0, kind: 'cell-finished', ...each, result: resultOf(score, told.tokens) },
          ];
        }),
        { at: 0, kind: 'trial-finished', trial, status: 'finished' },
      ];
    }),
    ...believed.map((front): RunEvent => ({ at: 0, kind: 'front-believed', trials: front })),
    { at: 0, kind: 'phase-started', phase: 'finish', because: 'time' },
    { at: 0, kind: 'finish-planned', trials: finalists, cells: 4 },
    { at: 0, kind: 'phase-started', phase: 'done', because: 'time' },
  ];
  const state = foldEvents(events);
  const book = new TrialBook(state, { objectives });
  for (const trial of state.trials) book.changed(trial);
  return writingResultOf(state, book, { objectives });
}

describe('what written prompts brought', () => {
  const cheap: Told = { name: 'cheap', scores: [0.5, 0.5, 0.5, 0.5], tokens: 10 };
  const best: Told = { name: 'best', prompt: written, scores: [1, 1, 1, 1], tokens: 100 };

  it.each([
    { name: 'one that a ceiling left with half the equal cells', believed: [[0, 2]], finalists: [0, 1, 2] },
    {
      name: 'one that was believed in until it was pushed off',
      believed: [
        [0, 1],
        [0, 2],
      ],
      finalists: [0, 2],
    },
  ])('is told beside what would be on the front without them: $name', ({ believed, finalists }) => {
    const pushedOff: Told = { name: 'pushed-off', scores: [0.9, 0.9], tokens: 100 };
    const told = brought([cheap, pushedOff, best], believed, finalists);
    expect(told).toMatchObject({ front: 1, accepted: 1 });
    expect(told?.added?.score).toBeCloseTo(0.1);
    const without = brought([cheap, best], [[0, 1]], [0, 1]);
    expect(without?.added?.score).toBeCloseTo(0.5);
    expect(told?.added?.hypervolume).toBeLessThan(without?.added?.hypervolume ?? 0);
    expect(told?.added?.hypervolume).toBeGreaterThan(0);
  });

  it('is no loss where a config of few answers was luckier', () => {
    const lucky: Told = { name: 'lucky', scores: [1], tokens: 100 };
    const good: Told = { ...best, scores: [1, 1, 1, 0.8] };
    const told = brought(
      [cheap, lucky, good],
      [
        [0, 1],
        [0, 2],
      ],
      [0, 2],
    );
    expect(told?.added).toEqual({ hypervolume: 0, score: 0 });
  });

  it('is not what the front owes to others', () => {
    const told = brought([{ ...cheap, scores: [1, 1, 1, 1] }, best], [[0]], [0, 1]);
    expect(told).toMatchObject({ front: 0, added: { hypervolume: 0, score: 0 } });
  });
});
