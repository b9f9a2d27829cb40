import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Budget } from '../../src/domain/budget.ts';
import { modelsOf } from '../../src/domain/moa-config.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { plannedCalls } from '../../src/run/calls/planned-calls.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { draftingDependencies, worldDependencies, worldModels, worldSettings, yesGrader } from './world.ts';

const ceilingNames = ['calls', 'tokens', 'usd', 'time'] as const;
type CeilingName = (typeof ceilingNames)[number];

interface Scenario {
  readonly settings: TuneSettings;
  readonly failureRate: number;
  /** Each answer is also read by a judge, whose calls cost like all others. */
  readonly judged: boolean;
  /** US dollars per million generated tokens. */
  readonly prices: Readonly<Record<string, number>>;
}

function drawScenario(number: number): Scenario {
  const rng = createRng(`budget/${number}`);
  const size = 1 + 3 * rng.next();
  const ceilings: Record<CeilingName, Budget> = {
    calls: { maxCalls: Math.round(100 * size) },
    tokens: { maxTokens: Math.round(14_000 * size) },
    usd: { maxUsd: 0.011 * size },
    time: { maxSeconds: Math.round(80 * size) },
  };
  const binding = rng.pick(ceilingNames);
  // A second ceiling, loose or tight: which of the two ends the run is its own business.
  const other = rng.next() < 0.5 ? rng.pick(ceilingNames) : binding;
  return {
    failureRate: rng.pick([0, 0.05, 0.3]),
    judged: rng.next() < 0.4,
    prices: Object.fromEntries(worldModels.map((model) => [model, 0.5 + rng.next()])),
    settings: {
      ...worldSettings,
      seed: number,
      concurrency: rng.pick([1, 4, 16]),
      repeats: rng.pick([1, 2]),
      finishRepeats: rng.pick([1, 3]),
      holdoutRepeats: rng.pick([0, 1, 2]),
      ...(rng.next() < 0.4 ? { reflection: { believedGain: 4, after: 3 } } : {}),
      budget: { ...ceilings[other], ...ceilings[binding] },
    },
  };
}

const judge: Grader = {
  ...yesGrader,
  callsModels: true,
  async grade(request) {
    const asked = await request.model?.complete({
      model: 'sim/quick',
      messages: [{ role: 'user', content: `Is this right? ${request.answer}` }],
      maxTokens: 30,
      sample: { repeat: request.repeat ?? 0, index: 0 },
    });
    if (asked?.kind !== 'answered') return { kind: 'unscored', reason: 'the judge did not answer' };
    return yesGrader.grade(request);
  },
};

/** What the world really charged, kept apart from what the run thinks it spent. */
interface Charged {
  calls: number;
  tokens: number;
  usd: number;
}

async function play(scenario: Scenario): Promise<{ front: FrontFile; charged: Charged }> {
  const { failureRate, judged, prices, settings } = scenario;
  const world = { failureRate, prices };
  const base = settings.reflection === undefined ? worldDependencies(world) : draftingDependencies(world);
  const charged: Charged = { calls: 0, tokens: 0, usd: 0 };
  const complete = base.model.complete.bind(base.model);
  const model = Object.assign(base.model, {
    complete: async (...given: Parameters<typeof complete>): ReturnType<typeof complete> => {
      charged.calls++;
      const outcome = await complete(...given);
      if (outcome.kind === 'failed') return outcome;
      const { usage, usd } = outcome.response;
      charged.tokens += usage.inputTokens + usage.outputTokens;
      charged.usd += usd ?? Number.NaN;
      return outcome;
    },
  });
  const front = await base.clock.run(() =>
    new TuningRun('test', createMemoryJournal(), settings, {
      ...base,
      model,
      ...(judged ? { grader: judge } : {}),
    }).run(),
  );
  return { front, charged };
}

/** Used share of each ceiling, by what the run says and by what was really charged, whichever is more. */
function usedShares({ front, charged }: { front: FrontFile; charged: Charged }, budget: Budget): number[] {
  const { spent } = front;
  const tokens = Math.max(spent.tokensIn + spent.tokensOut, charged.tokens);
  const share = (used: number, ceiling: number | undefined): number[] =>
    ceiling === undefined ? [] : [used / ceiling];
  return [
    ...share(Math.max(spent.calls, charged.calls), budget.maxCalls),
    ...share(tokens, budget.maxTokens),
    ...share(Math.max(spent.usd ?? Number.NaN, charged.usd), budget.maxUsd),
    ...share(spent.seconds, budget.maxSeconds),
  ];
}

/** Whether one more cell of a front member with fewer on the holdout than others, at its worst, would still have fitted. */
function workRemains(scenario: Scenario, { front }: { front: FrontFile }): boolean {
  const { judged, prices, settings } = scenario;
  const { maxCalls, maxTokens, maxUsd } = settings.budget;
  const { calls, tokensIn, tokensOut, usd } = front.spent;
  const most = Math.max(...front.front.map(({ holdoutCells = 0 }) => holdoutCells));
  const poor = front.front.filter(({ holdoutCells = 0 }) => holdoutCells < most);
  const ofCell = Math.min(...poor.map(({ config }) => plannedCalls(config))) + (judged ? 1 : 0);
  // A call of this world writes at most 300 tokens and is asked with little more than 200 bytes.
  return (
    poor.length > 0 &&
    calls + ofCell <= (maxCalls ?? Number.POSITIVE_INFINITY) &&
    tokensIn + tokensOut + 500 * ofCell <= (maxTokens ?? Number.POSITIVE_INFINITY) &&
    (usd ?? 0) + (300 * ofCell * Math.max(...Object.values(prices))) / 1e6 <=
      (maxUsd ?? Number.POSITIVE_INFINITY)
  );
}

/** `MIXTUNE_SCENARIOS=1000 npx vitest run test/run/budget` plays more of them. */
const scenarios = Number(process.env.MIXTUNE_SCENARIOS ?? (thorough ? 40 : 1));

describe('budget', () => {
  it('is never exceeded, and used as far as the front lacks holdout, over random scenarios', async () => {
    const poor: unknown[] = [];
    for (let number = 0; number < scenarios; number++) {
      const scenario = drawScenario(number);
      const played = await play(scenario);
      const { budget } = scenario.settings;
      const shares = usedShares(played, budget);
      // Sums of dollars may be off by a rounding of the last digit, depending on the order of adding.
      expect({ number, over: shares.filter((share) => !(share <= 1 + 1e-12)) }).toEqual({ number, over: [] });
      const used = Math.max(...shares);
      if (used < 0.97 && workRemains(scenario, played))
        poor.push({ number, ...budget, used, ended: played.front.ended });
    }
    expect(poor).toEqual([]);
  }, 1_200_000);

  it.each([
    ['input', { maxTokensIn: 4_000 }],
    ['output', { maxTokensOut: 12_000 }],
  ] as const)('holds ceilings on %s tokens alone', async (_, budget) => {
    for (let number = 0; number < (thorough ? 6 : 1); number++) {
      const { front } = await play({
        ...drawScenario(number),
        settings: { ...worldSettings, seed: number, budget },
      });
      const [used, ceiling] =
        'maxTokensIn' in budget
          ? [front.spent.tokensIn, budget.maxTokensIn]
          : [front.spent.tokensOut, budget.maxTokensOut];
      expect(used / ceiling).toBeLessThanOrEqual(1);
      expect(used / ceiling).toBeGreaterThan(0.9);
      expect(front.ended).toBe('tokens');
    }
  });

  it('leaves no config of the front without a holdout that it could pay for, where one costs a thousand of another', async () => {
    const prices = { 'sim/slow': 1000, 'sim/odd': 5, 'sim/quick': 1 };
    const missed: unknown[] = [];
    for (let seed = 0; seed < (thorough ? 16 : 2); seed++) {
      for (const maxUsd of sampled([1, 0.7, 1.5, 2, 3], 5)) {
        const settings = { ...worldSettings, seed, budget: { maxUsd } };
        const { front, charged } = await play({ settings, prices, failureRate: 0, judged: false });
        expect(charged.usd).toBeLessThanOrEqual(maxUsd + 1e-12);
        const left = maxUsd - charged.usd;
        for (const { id, config, holdout } of front.front) {
          // A call writes at most 300 tokens.
          const [dearest = 0] = modelsOf(config)
            .map((model) => prices[model as keyof typeof prices])
            .sort((a, b) => b - a);
          const cell = (300 * plannedCalls(config) * dearest) / 1e6;
          if (holdout === null && cell < left) missed.push({ seed, maxUsd, id, cell, left });
        }
      }
    }
    expect(missed).toEqual([]);
  }, 600_000);

  // While nothing has scored, idle slots take up further cells of all that is under way.
  const crowded = [
    ['calls', { maxCalls: 80 }, 0, 3],
    ['calls', { maxCalls: 120 }, 0.5, 2],
    ['time', { maxSeconds: 10 }, 0.3, 2],
    ['time', { maxSeconds: 15 }, 0.5, 3],
  ] as const;
  it.each(sampled(crowded, 4))(
    'a ceiling on %s (%o) leaves nobody out who has all cells of the level',
    async (_, budget, failureRate, seed) => {
      const settings = { ...worldSettings, seed, concurrency: 256, budget };
      const journal = createMemoryJournal();
      const base = worldDependencies({ failureRate });
      const { front } = await base.clock.run(() => new TuningRun('test', journal, settings, base).run());
      expect(front.length).toBeGreaterThan(0);
      const finished = new Map<number, number>();
      const concluded = new Set<number>();
      for (const event of journal.events()) {
        if (event.kind === 'cell-finished') finished.set(event.trial, 1 + (finished.get(event.trial) ?? 0));
        if (event.kind === 'trial-finished') concluded.add(event.trial);
      }
      const level = worldSettings.schedule?.startingCells ?? 0;
      const leftOut = [...finished].filter(([trial, cells]) => cells >= level && !concluded.has(trial));
      expect(leftOut).toEqual([]);
    },
  );
});
