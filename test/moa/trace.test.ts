import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Stage } from '../../src/domain/moa-config.ts';
import { brokenRules } from '../../src/domain/moa-config-rules.ts';
import type { MoaOutcome, Trace } from '../../src/moa/types.ts';
import { callKey } from '../../src/models/call-key.ts';
import { agent, ask, collector, configOf, saidIn } from '../support/moa.ts';
import { type Reply, ScriptedModel } from '../support/scripted-model.ts';
import { runs } from '../support/thorough.ts';

const fuse: Stage = { kind: 'fuse', agent: agent('fuser') };

/** Sum over the steps, in order, of the longest call of each: calls of one step share stage and round. */
function naiveLatency(trace: Trace): number {
  const longest = new Map<string, number>();
  for (const call of trace.calls) {
    const step = `${call.stage}/${call.round}`;
    longest.set(step, Math.max(longest.get(step) ?? 0, call.serviceMs));
  }
  return [...longest.values()].reduce((sum, ms) => sum + ms, 0);
}

const name = fc.constantFrom('ada', 'bob', 'cy', 'dee');
const proposers = fc
  .uniqueArray(name, { minLength: 1, maxLength: 4 })
  .chain((names) =>
    fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: names.length, maxLength: names.length })
      .map((samples) =>
        names.map((each, index) => agent(each, { model: 'sim/p', prompt: '', samples: samples[index] ?? 1 })),
      ),
  );
const proposal: fc.Arbitrary<Stage> = fc.oneof(
  fc.record({
    kind: fc.constant('propose' as const),
    agents: proposers,
    rounds: fc.integer({ min: 1, max: 3 }),
  }),
  proposers.map((agents) => ({ kind: 'route' as const, router: agent('router'), agents, choose: 1 })),
);
const middle: fc.Arbitrary<Exclude<Stage, { kind: 'loop' }>> = fc.constantFrom(
  { kind: 'critique' as const, agents: [agent('critic'), agent('reviewer')] },
  { kind: 'verify' as const, agent: agent('verifier') },
  { kind: 'rank' as const, agent: agent('ranker'), keep: 1 },
  { kind: 'propose' as const, agents: [agent('again', { samples: 2 })] },
);
const stageList: fc.Arbitrary<Stage[]> = fc
  .tuple(
    proposal,
    fc.array(middle, { maxLength: 3 }),
    fc.option(fc.array(middle, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    fc.constantFrom<Stage>(fuse, { kind: 'vote' }),
  )
  .map(([first, between, looped, last]) => [
    first,
    ...between,
    ...(looped === undefined ? [] : [{ kind: 'loop' as const, stages: looped, times: 2 }]),
    last,
  ]);

/** Replies drawn from the request alone (as a deterministic model's), of random length and luck. */
function randomReply(seed: number, request: Parameters<typeof callKey>[0]): Reply {
  const rng = createRng(`${seed}/${callKey(request, { revision: () => '' })}`);
  const serviceMs = 1 + rng.integer(1000);
  const luck = rng.next();
  if (luck < 0.08) return { fails: rng.pick(['refused', 'infrastructure'] as const), serviceMs };
  const said = rng.pick([
    'VERDICT: ACCEPT',
    'VERDICT: REJECT',
    'RANKING: 2, 1',
    'RANKING: 1',
    'AGENTS: ada, bob',
    '',
  ]);
  return { text: `${rng.integer(4)} ${said}`, serviceMs, usd: luck < 0.3 ? null : 0.5 };
}

async function onVirtualClock(stages: Stage[], seed: number, scale: (index: number) => number) {
  const clock = new VirtualClock();
  const delays = { clock };
  const model = new ScriptedModel((request) => randomReply(seed, request));
  // The answers' recorded times stay; only their arrival is shuffled.
  const shuffled: Pick<ScriptedModel, 'complete' | 'revision'> = {
    revision: (each) => model.revision(each),
    complete: async (request, options) => {
      const index = model.seen.length;
      const outcome = await model.complete(request, options);
      await delays.clock.sleep(scale(index));
      return outcome;
    },
  };
  const outcome = await clock.run(() => ask(model, stages, { model: shuffled }));
  return { outcome, model };
}

describe('whatever the config', () => {
  test('latency is the critical path, tokens and money are sums', async () => {
    await fc.assert(
      fc.asyncProperty(stageList, fc.nat(), async (stages, seed) => {
        fc.pre(brokenRules(configOf(...stages)).length === 0);
        const model = new ScriptedModel((request) => randomReply(seed, request));
        const { trace } = await ask(model, stages);
        expect(trace.latencyMs).toBe(naiveLatency(trace));
        expect(trace.calls).toHaveLength(model.requests.length);
        const answered = trace.calls.filter((call) => call.outcome !== 'failed');
        expect(trace.inputTokens).toBe(10 * answered.length);
        expect(trace.outputTokens).toBe(5 * answered.length);
        const isKnown = answered.every((call) => call.usd !== null);
        expect(trace.usd).toBe(isKnown ? 0.5 * answered.length : null);
        expect(trace.calls.map((call) => call.key)).toEqual(
          model.requests.map((request) => callKey(request, model)),
        );
      }),
      { numRuns: runs(150) },
    );
  });

  test('no two calls of a run are the same call', async () => {
    await fc.assert(
      fc.asyncProperty(stageList, fc.nat(), async (stages, seed) => {
        fc.pre(brokenRules(configOf(...stages)).length === 0);
        const { trace } = await ask(new ScriptedModel((request) => randomReply(seed, request)), stages);
        expect(new Set(trace.calls.map((call) => call.key)).size).toBe(trace.calls.length);
      }),
      { numRuns: runs(100) },
    );
  });

  test('the order in which answers arrive changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(stageList, fc.nat(), fc.nat(), async (stages, seed, shuffle) => {
        fc.pre(brokenRules(configOf(...stages)).length === 0);
        const rng = createRng(shuffle);
        const still = await onVirtualClock(stages, seed, () => 0);
        const shuffled = await onVirtualClock(stages, seed, () => rng.integer(5000));
        expect(shuffled.outcome).toEqual(still.outcome);
        expect(shuffled.model.requests).toEqual(still.model.requests);
      }),
      { numRuns: runs(60) },
    );
  });
});

test('calls of a stage are in flight together; the next stage waits for all', async () => {
  const clock = new VirtualClock();
  const model = new ScriptedModel(
    (request) => ({ text: request.model, serviceMs: request.model === 'sim/slow' ? 900 : 100 }),
    { clock },
  );
  const stages: Stage[] = [{ kind: 'propose', agents: [agent('slow'), agent('fast')] }, fuse];
  const outcome = await clock.run(() => ask(model, stages));
  expect(clock.now()).toBe(1000);
  expect(outcome.trace.latencyMs).toBe(1000);
  expect(outcome.trace.calls.map((call) => call.agent)).toEqual(['slow', 'fast', 'fuser']);
  expect(saidIn(model.requests[2] ?? { messages: [] })).toMatch(/sim\/slow[\s\S]*sim\/fast/);
});

describe('costs', () => {
  const one: Stage[] = [{ kind: 'propose', agents: [agent('a'), agent('b')] }, fuse];
  const usage = { inputTokens: 7, outputTokens: 3, estimated: false };
  const runWith = (reply: Reply): Promise<MoaOutcome> =>
    ask(new ScriptedModel((request) => (request.model === 'sim/b' ? reply : 'x')), one);

  test.each<[string, Reply, Partial<Trace>]>([
    [
      'a failed call counts where its usage is known',
      { fails: 'refused', usage, usd: 1 },
      { inputTokens: 27, outputTokens: 13, usd: expect.closeTo(1.002, 9) as number },
    ],
    [
      'usage without a price makes money unknown',
      { fails: 'refused', usage },
      { inputTokens: 27, usd: null },
    ],
    [
      'a failure that reports nothing leaves money known',
      { fails: 'infrastructure' },
      { inputTokens: 20, usd: 0.002 },
    ],
    ['an unpriced answer makes money unknown', { usd: null }, { inputTokens: 30, usd: null }],
    [
      'an estimate is marked',
      { usage: { ...usage, estimated: true } },
      { inputTokens: 27, tokensEstimated: true },
    ],
    [
      'a cached call keeps what it first took',
      { cached: true, serviceMs: 400 },
      { inputTokens: 30, usd: 0.003, latencyMs: 500, tokensEstimated: false },
    ],
  ])('%s', async (_, reply, expected) => {
    expect((await runWith(reply)).trace).toMatchObject(expected);
  });
});

describe('events', () => {
  const deltas = (events: readonly { kind: string; text?: string }[]): string[] =>
    events.flatMap((event) => (event.kind === 'answer-delta' ? [event.text ?? ''] : []));

  test('stages, agents and the last aggregator in pieces', async () => {
    const { events, onEvent } = collector();
    const model = new ScriptedModel((request) => `${request.model}!`, { pieceLength: 4 });
    const outcome = await ask(model, [{ kind: 'propose', agents: [agent('a'), agent('b')] }, fuse], {
      onEvent,
    });
    expect(events.map((event) => event.kind)).toEqual([
      ...['stage-started', 'agent-finished', 'agent-finished', 'stage-finished'],
      ...[
        'stage-started',
        'answer-delta',
        'answer-delta',
        'answer-delta',
        'agent-finished',
        'stage-finished',
      ],
    ]);
    expect(events[0]).toEqual({
      kind: 'stage-started',
      stage: 'stages[0]',
      stageKind: 'propose',
      round: 0,
      agents: ['a', 'b'],
    });
    expect(events[3]).toEqual({ kind: 'stage-finished', stage: 'stages[0]', candidates: 2 });
    expect(deltas(events)).toEqual(['sim/', 'fuse', 'r!']);
    expect(outcome).toMatchObject({ answer: 'sim/fuser!' });
  });

  test.each<[string, Stage[], number]>([
    ['a single proposer streams', [{ kind: 'propose', agents: [agent('a')] }], 2],
    ['only its last round does', [{ kind: 'propose', agents: [agent('a')], rounds: 3 }], 2],
    [
      'a vote gives the answer whole',
      [{ kind: 'propose', agents: [agent('a'), agent('b')] }, { kind: 'vote' }],
      1,
    ],
    [
      'a loop gives the answer whole',
      [{ kind: 'loop', times: 2, stages: [{ kind: 'propose', agents: [agent('a')] }] }],
      1,
    ],
  ])('%s', async (_, stages, pieces) => {
    const { events, onEvent } = collector();
    const model = new ScriptedModel(() => 'answer', { pieceLength: 4 });
    await ask(model, stages, { onEvent });
    expect(deltas(events)).toHaveLength(pieces);
    expect(deltas(events).join('')).toBe('answer');
  });

  test('pieces of an aggregator that broke off are taken back', async () => {
    const { events, onEvent } = collector();
    const inner = new ScriptedModel((request) =>
      request.model === 'sim/fuser' ? { fails: 'infrastructure' } : 'whole',
    );
    const model: Pick<ScriptedModel, 'complete' | 'revision'> = {
      revision: (name) => inner.revision(name),
      complete: (request, options) => {
        if (request.model === 'sim/fuser') options?.onDelta?.('half');
        return inner.complete(request, options);
      },
    };
    await ask(inner, [{ kind: 'propose', agents: [agent('a')] }, fuse], { onEvent, model });
    const tail = events.filter((event) => event.kind.startsWith('answer'));
    expect(tail).toEqual([
      { kind: 'answer-delta', text: 'half' },
      { kind: 'answer-restarted' },
      { kind: 'answer-delta', text: 'whole' },
    ]);
  });
});
