import { beforeAll, describe, expect, it } from 'vitest';
import { effectOf, type System, shapleyOf } from '../../../src/analysis/worth/effects.ts';
import { agentsWorth, type WorthOutcome, type WorthParts } from '../../../src/analysis/worth/measure.ts';
import { createRealClock } from '../../../src/core/clock.ts';
import { createRng } from '../../../src/core/rng.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { agentsOf, configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { Grader } from '../../../src/grading/grader.ts';
import { evaluateConfigs } from '../../../src/run/evaluate.ts';
import { createMemoryJournal } from '../../../src/run/journal/journal.ts';
import { applyEvent, createRunState } from '../../../src/run/run-state.ts';
import { agent, configOf, saidIn } from '../../support/moa.ts';
import { ScriptedModel } from '../../support/scripted-model.ts';

const questions = Array.from({ length: 12 }, (_, n) => ({
  id: `q${n}`,
  input: `Question ${n}.`,
  gold: `right-${n}`,
}));
const task: Task = {
  version: 1,
  name: 'made',
  description: 'Answer.',
  instances: 'instances.jsonl',
  grader: { name: 'made' },
  answer: 'text',
  split: { holdout: 0.5, seed: 1 },
  repeats: 1,
  objectives: ['score', 'latency', 'tokens'],
  hash: 'made',
  tuning: questions,
  holdout: [],
};
const grader: Grader = {
  name: 'made',
  revision: '1',
  grade: async ({ answer, instance }) => ({ kind: 'scored', value: answer === instance.gold ? 1 : 0 }),
};

/** `good` is right, `bad` never; a `fuser` is right where it is shown what is right. */
function script(): ScriptedModel {
  return new ScriptedModel((request) => {
    const said = saidIn(request);
    const right = `right-${/Question (\d+)/.exec(said)?.[1]}`;
    if (request.model === 'sim/good') return right;
    return request.model === 'sim/fuser' && said.includes(right) ? right : 'wrong';
  });
}

const fused = configOf(
  { kind: 'propose', agents: [agent('good'), agent('bad')] },
  { kind: 'fuse', agent: agent('fuser') },
);

/** A run that tried one config, with what was asked for it. */
async function runOf(config: MoaConfig): Promise<WorthParts> {
  const journal = createMemoryJournal();
  const [scored] = await evaluateConfigs(
    [config],
    { repeats: 1, concurrency: 4, seed: 1 },
    { ...dependencies(script()), task, grader, extractAnswer: (text) => text },
    journal,
  );
  const state = createRunState();
  const origin = { operator: 'start', parents: [] };
  applyEvent(state, { kind: 'trial-started', at: 0, trial: 0, id: configId(config), config, origin });
  for (const [cell, { cell: of, result }] of (scored?.results ?? []).entries()) {
    applyEvent(state, { kind: 'cell-started', at: 0, cell, trial: 0, of });
    applyEvent(state, { kind: 'cell-finished', at: 0, cell, trial: 0, result });
  }
  return {
    ...{ journal, state, task, grader, id: configId(config), simulated: false },
    manifest: {
      models: Object.fromEntries(
        models(config).map((name) => [name, { revision: `scripted/${name}`, price: null }]),
      ),
    },
    clock: createRealClock(),
    extractAnswer: (text) => text,
    signal: new AbortController().signal,
  };
}

const models = (config: MoaConfig): string[] => agentsOf(config).map(({ model }) => model);

function dependencies(model: ScriptedModel) {
  const signal = new AbortController().signal;
  return { clock: new VirtualClock(), model, card: () => undefined, signal };
}

function found(outcome: WorthOutcome): Extract<WorthOutcome, { kind: 'found' }> {
  if (outcome.kind === 'refused') throw new Error(outcome.because);
  return outcome;
}

describe('what agents add', () => {
  let parts: WorthParts;
  beforeAll(async () => {
    parts = await runOf(fused);
  });

  it('says what is recorded and what would take calls, to the call', async () => {
    const { worth, spent } = found(await agentsWorth(parts));
    // Whole, each proposer alone and the vote of both follow from recorded calls; three systems put the fuser before
    // other answers than it was shown.
    expect(worth.evidence).toEqual({ recorded: 48, fresh: 0, missing: 36, missingCalls: 36 });
    expect(spent.calls).toBe(0);
    expect(worth.agents.map(({ name, verdict, evidence }) => ({ name, verdict, ...evidence }))).toEqual([
      { name: 'good', verdict: 'unknown', recorded: 0, fresh: 0, missing: 12 },
      { name: 'bad', verdict: 'unknown', recorded: 0, fresh: 0, missing: 12 },
      { name: 'fuser', verdict: 'not-told-apart', recorded: 12, fresh: 0, missing: 0 },
    ]);
    expect(worth.shapley.missing).toContain('36 answers');
  });

  it('asks for what is missing and nothing else, names who adds and who does not, and prunes', async () => {
    const model = script();
    const fresh = { settings: { concurrency: 4, seed: 1 }, dependencies: dependencies(model), budget: {} };
    const { worth, spent, cutOff } = found(await agentsWorth({ ...parts, fresh }));
    expect({ asked: model.seen.length, spent: spent.calls, cutOff }).toEqual({
      asked: 36,
      spent: 36,
      cutOff: undefined,
    });
    expect(new Set(model.requests.map((request) => request.model))).toEqual(new Set(['sim/fuser']));
    const [good, bad, fuser] = worth.agents;
    expect(good).toMatchObject({ verdict: 'adds', leaveOneOut: { mean: 1 }, without: { score: 0 } });
    expect(bad).toMatchObject({ verdict: 'not-told-apart', leaveOneOut: { mean: 0 }, without: { score: 1 } });
    expect(fuser).toMatchObject({ verdict: 'not-told-apart', leaveOneOut: { mean: 0 } });
    // Without a proposer that is right nothing is right: all of the score is its own.
    expect([good, bad, fuser].map((each) => each?.shapley?.mean)).toEqual([1, 0, 0]);
    expect(worth).toMatchObject({ over: 'questions', questions: 12, cells: 12, split: 'tuning' });
    expect(worth.pruned).toMatchObject({
      without: ['stages[0].agents[1]', 'stages[1].agent'],
      measured: { score: 1 },
      difference: { mean: 0 },
      cells: 12,
    });
    expect(worth.pruned?.config.stages).toEqual([{ kind: 'propose', agents: [agent('good')] }]);
  });

  it('holds a ceiling over all it asks; leaving one out comes first, all with the same cells', async () => {
    for (const [maxCalls, each] of [
      [24, 12],
      [10, 5],
    ] as const) {
      const model = script();
      const fresh = {
        settings: { concurrency: 1, seed: 1 },
        dependencies: dependencies(model),
        budget: { maxCalls },
      };
      const { worth, cutOff } = found(await agentsWorth({ ...parts, fresh }));
      expect(model.seen.length).toBe(maxCalls);
      expect(cutOff).toBe('ceiling');
      expect(worth.agents.map(({ evidence }) => evidence.fresh)).toEqual([each, each, 0]);
      expect(worth.shapley).toMatchObject({ cells: 0 });
    }
  });

  it('of a vote everything is recorded', async () => {
    const config = configOf(
      { kind: 'propose', agents: [agent('good'), agent('bad'), agent('worse')] },
      { kind: 'vote' },
    );
    const { worth } = found(await agentsWorth(await runOf(config)));
    expect(worth.evidence).toMatchObject({ missing: 0, fresh: 0 });
    expect(worth.shapley.systems).toBe(8);
  });

  it('counts equal agents once, and says nothing of a single one', async () => {
    const twins = configOf(
      { kind: 'propose', agents: [agent('bad', { name: 'one' }), agent('bad', { name: 'two' })] },
      { kind: 'vote' },
    );
    const { worth } = found(await agentsWorth(await runOf(twins)));
    expect(worth.evidence).toMatchObject({ recorded: 24, missing: 0 });
    const single = await agentsWorth(await runOf(configOf({ kind: 'propose', agents: [agent('good')] })));
    expect(single).toMatchObject({ kind: 'refused' });
  });
});

describe('Shapley values', () => {
  const cells = ['tuning/0/a', 'tuning/0/b', 'tuning/1/a'];

  it('are the mean over all orders of joining, and add up to the whole', () => {
    const players = 4;
    const rng = createRng('shapley');
    const systems = new Map(
      Array.from({ length: 2 ** players }, (_, mask): [number, System] => [
        mask,
        mask === 0 ? { config: null, results: new Map() } : scoring(cells.map((cell) => [cell, rng.next()])),
      ]),
    );
    const on = (mask: number, cell: string) => systems.get(mask)?.results.get(cell)?.measurement.score ?? 0;
    const orders = permutations([0, 1, 2, 3]);
    const values = [0, 1, 2, 3].map((player) => shapleyOf(systems, players, player, cells));
    for (const cell of cells) {
      for (const [player, value] of values.entries()) {
        const gains = orders.map((order) => {
          const before = order.slice(0, order.indexOf(player)).reduce((mask, each) => mask | (1 << each), 0);
          return on(before | (1 << player), cell) - on(before, cell);
        });
        expect(value.get(cell)).toBeCloseTo(gains.reduce((sum, gain) => sum + gain, 0) / gains.length, 12);
      }
      const together = values.reduce((sum, value) => sum + (value.get(cell) ?? 0), 0);
      expect(together).toBeCloseTo(on(15, cell), 12);
    }
  });

  it('a question counts once, however often it was answered', () => {
    const one = new Map(['a', 'b', 'c', 'd', 'e'].map((id, at) => [`tuning/0/${id}`, at / 10]));
    const often = new Map(
      [...one].flatMap(([key, value]) => [
        [key, value],
        [key.replace('/0/', '/1/'), value],
      ]) as [string, number][],
    );
    expect(effectOf(often, 0.95)).toEqual(effectOf(one, 0.95));
  });
});

function scoring(scores: readonly (readonly [string, number])[]): System {
  const result = (score: number) => ({
    grade: { kind: 'scored' as const, value: score },
    measurement: { score, latency: 1, tokens: 1, usd: 0 },
    answer: 'x',
    degraded: [],
    calls: 1,
    tokensEstimated: false,
  });
  return {
    config: configOf({ kind: 'propose', agents: [agent('a')] }),
    results: new Map(scores.map(([cell, score]) => [cell, result(score)])),
  };
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
