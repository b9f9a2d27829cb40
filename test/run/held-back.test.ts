import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import { defined } from '../../src/core/defined.ts';
import { createRng } from '../../src/core/rng.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { strategyRecord } from '../../src/search/strategies.ts';
import { RateServer } from '../support/rate-server.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { draftingDependencies, worldSettings, worldTaskOf } from './world.ts';

const task = worldTaskOf(24, 12);
const limited = 'sim/slow';
const perMinute = 60;

/** Answers in a fifth of a second; of one model no more calls than its own limit. */
function ratedModel(
  clock: Clock,
  inner: ChatModel,
  taken: Map<string, number>,
  retryAfterMs?: number,
): ChatModel {
  const requestsPerMinute = retryAfterMs === undefined ? perMinute : 0;
  const server = new RateServer('sliding', { requestsPerMinute, tokensPerMinute: 1e9 });
  return {
    ...inner,
    async complete(request, options = {}) {
      await clock.sleep(200, options.signal);
      if (request.model === limited && !server.take(1, clock.now())) {
        const failure = { code: 'rate-limited', message: 'too many requests', retryable: true } as const;
        return {
          kind: 'failed',
          failure: { cause: 'infrastructure', ...failure, serviceMs: 200, ...defined({ retryAfterMs }) },
        };
      }
      const rng = createRng(sha256(request));
      taken.set(request.model, (taken.get(request.model) ?? 0) + 1);
      const response = {
        text: rng.next() < (request.model === limited ? 0.9 : 0.6) ? 'yes' : 'no',
        finishReason: 'stop',
        usage: { inputTokens: 20, outputTokens: 5, estimated: false },
        serviceMs: 200,
        firstTokenMs: 100,
        usd: 0.00001,
      } as const;
      return { kind: 'answered', response };
    },
  };
}

async function play(budget: TuneSettings['budget'], concurrency = 8, retryAfterMs?: number) {
  const base = draftingDependencies();
  const { create, schedule } = strategyRecord('auto');
  const settings: TuneSettings = {
    ...worldSettings,
    ...{ strategy: 'auto', schedule, seed: 1, concurrency, budget },
    ...{ repeats: 2, finishRepeats: 2, holdoutRepeats: 1 },
  };
  const taken = new Map<string, number>();
  const model = ratedModel(base.clock, base.model, taken, retryAfterMs);
  const journal = createMemoryJournal();
  const front = await base.clock.run(() =>
    new TuningRun('held', journal, settings, { ...base, model, task, createStrategy: create }).run(),
  );
  return { front, journal, slow: taken.get(limited) ?? 0, others: sumOfOthers(taken) };
}

function sumOfOthers(taken: ReadonlyMap<string, number>): number {
  return [...taken].reduce((sum, [model, calls]) => sum + (model === limited ? 0 : calls), 0);
}

describe('a model that may be asked once a second', () => {
  it.each(thorough ? [8, 32] : [8])(
    'leaves the slots to others where it is time that runs out, %i of them',
    async (slots) => {
      const { front, slow, others } = await play({ maxSeconds: 15 }, slots);
      expect(front.ended).toBe('time');
      expect(slow).toBeGreaterThan(0.7 * (perMinute / 4));
      // Eight slots could send 600.
      expect(others).toBeGreaterThan(300);
    },
  );

  it('is waited for where it is the number of configs that runs out: all are measured', async () => {
    const { front, journal } = await play({ maxEvaluations: 12 });
    expect(front.ended).toBe('evaluations');
    const concluded = new Set<number>();
    for (const event of journal.written) if (event.kind === 'trial-finished') concluded.add(event.trial);
    expect(front.evaluations).toBe(12);
    expect(concluded.size).toBeGreaterThanOrEqual(12);
    expect(journal.written.filter(({ kind }) => kind === 'cell-abandoned')).toEqual([]);
  });
});

describe('a model whose server asks for a day of waiting', () => {
  const budgets = [
    { budget: { maxEvaluations: 12 }, concurrency: 2 },
    { budget: { maxEvaluations: 12 }, concurrency: 8 },
    { budget: { maxUsd: 0.01 }, concurrency: 8 },
  ];
  it.each(sampled(budgets, 3))(
    'is not waited for: $budget, $concurrency at once',
    async ({ budget, concurrency }) => {
      const { front } = await play(budget, concurrency, 86_400_000);
      expect(front.ended).toBe(Object.keys(budget).join() === 'maxUsd' ? 'usd' : 'evaluations');
      expect(front.spent.seconds).toBeLessThan(600);
    },
  );
});
