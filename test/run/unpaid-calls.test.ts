import { describe, expect, it } from 'vitest';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type { CallKey } from '../../src/models/call-key.ts';
import type { StoredCall } from '../../src/models/call-store/stored-call.ts';
import type { SharedAnswers } from '../../src/run/calls/kept-answers.ts';
import { paidCells, unpaidCalls } from '../../src/run/calls/unpaid-calls.ts';
import { evaluateConfigs, evaluationCells } from '../../src/run/evaluate.ts';
import { worldDependencies, yesGrader } from './world.ts';

const agent = (name: string, model: string, prompt = 'Answer.') => ({ name, model, prompt, maxTokens: 50 });
const single: MoaConfig = {
  version: 1,
  name: 'single',
  stages: [{ kind: 'propose', agents: [agent('a', 'sim/quick')], rounds: 1 }],
};
/** Its first agent is the one of `single`. */
const fused: MoaConfig = {
  version: 1,
  name: 'fused',
  stages: [
    { kind: 'propose', agents: [agent('a', 'sim/quick'), agent('b', 'sim/slow')], rounds: 1 },
    { kind: 'fuse', agent: agent('f', 'sim/odd', 'Fuse {{references}}') },
  ],
};

function createStore(): SharedAnswers & { readonly calls: Map<CallKey, StoredCall> } {
  const calls = new Map<CallKey, StoredCall>();
  return { calls, get: (key) => calls.get(key), put: (key, call) => void calls.set(key, call) };
}

const none = { cells: 0, calls: 0, grading: 0 };

/** Asks twice for each answer. */
const twiceAsking: Grader = {
  ...yesGrader,
  callsModels: true,
  async grade(request) {
    const { question, answer, repeat = 0 } = request;
    const ask = (index: number) =>
      request.model?.complete({
        model: 'sim/odd',
        messages: [{ role: 'user', content: `Is this right? ${question} ${answer}` }],
        sample: { repeat, index },
      });
    await Promise.all([ask(0), ask(1)]);
    return yesGrader.grade(request);
  },
};

/** What is foretold for so many repeats, and what is then paid for. */
async function measure(
  configs: readonly MoaConfig[],
  repeats: number,
  shared: SharedAnswers,
  grader = yesGrader,
) {
  const base = worldDependencies();
  const settings = { repeats, concurrency: 4, seed: 1 };
  const { task, model, extractAnswer } = base;
  const cells = evaluationCells(task, settings);
  const gradingCalls = grader === yesGrader ? 0 : 2;
  const asking = { task, model, extractAnswer, shared, grader, gradingCalls };
  const foretold = await unpaidCalls(configs, cells, asking);
  expect(model.paid).toBe(0);
  await evaluateConfigs(configs, settings, { ...base, grader, sharedAnswers: shared });
  return { foretold, paid: model.paid };
}

describe('what measuring takes beyond the answers that are had', () => {
  it('is all where none is, each shared call once', async () => {
    const { foretold, paid } = await measure([single, fused], 2, createStore());
    // Three questions, twice: three calls of the mixture, one of which is the single's.
    expect(foretold).toEqual({ cells: 12, calls: 18, grading: 0 });
    expect(paid).toBe(18);
  });

  it('is nothing where all are', async () => {
    const shared = createStore();
    await measure([single, fused], 2, shared);
    expect((await measure([fused, single], 2, shared)).foretold).toEqual(none);
  });

  it('is further repeats, and what a mixture has beyond its parts', async () => {
    const shared = createStore();
    await measure([single], 2, shared);
    const mixture = await measure([fused], 2, shared);
    expect(mixture).toEqual({ foretold: { cells: 6, calls: 12, grading: 0 }, paid: 12 });
    const more = await measure([single, fused], 3, shared);
    expect(more).toEqual({ foretold: { cells: 6, calls: 9, grading: 0 }, paid: 9 });
  });

  it('is the last stages of a cell whose first ones are had', async () => {
    const shared = createStore();
    await measure([fused], 1, shared);
    for (const [key, { model }] of shared.calls) if (model === 'sim/odd') shared.calls.delete(key);
    expect(await measure([fused], 1, shared)).toEqual({
      foretold: { cells: 3, calls: 3, grading: 0 },
      paid: 3,
    });
  });

  it('is the calls of a judge, too, as far as no earlier judgement is of the same answer', async () => {
    const shared = createStore();
    await measure([single], 1, shared);
    // The answers are had, and no judgement of any.
    const judged = await measure([single], 1, shared, twiceAsking);
    expect(judged).toEqual({ foretold: { cells: 3, calls: 6, grading: 6 }, paid: 6 });
    expect((await measure([single], 1, shared, twiceAsking)).foretold).toEqual(none);
    const more = await measure([single], 2, shared, twiceAsking);
    expect(more).toEqual({ foretold: { cells: 3, calls: 9, grading: 6 }, paid: 9 });
  });
});

describe('cells of which nothing is to be paid', () => {
  const { task, model, extractAnswer } = worldDependencies();
  const cells = evaluationCells(task, { repeats: 3, concurrency: 4, seed: 1 });
  const paid = async (configs: readonly MoaConfig[], shared: SharedAnswers, grader = yesGrader) => {
    const asking = { task, model, extractAnswer, shared, grader, gradingCalls: grader === yesGrader ? 0 : 2 };
    const found = await paidCells(configs, cells, asking);
    return configs.map((config) => found.get(configId(config)));
  };

  it('are the first ones, up to one that lacks any call', async () => {
    const shared = createStore();
    expect(await paid([single, fused], shared)).toEqual([0, 0]);
    await measure([single], 2, shared);
    await measure([fused], 1, shared);
    expect(await paid([single, fused], shared)).toEqual([6, 3]);
    const fusions = [...shared.calls].filter(([, call]) => call.model === 'sim/odd');
    for (const [key] of fusions) shared.calls.delete(key);
    expect(await paid([single, fused], shared)).toEqual([6, 0]);
    expect(model.paid).toBe(0);
  });

  it('are none where a judge has not seen the answers', async () => {
    const shared = createStore();
    await measure([single], 2, shared);
    expect(await paid([single], shared, twiceAsking)).toEqual([0]);
    await measure([single], 1, shared, twiceAsking);
    expect(await paid([single], shared, twiceAsking)).toEqual([3]);
  });
});
