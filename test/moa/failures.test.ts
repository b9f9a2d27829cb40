import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/domain/moa-config.ts';
import type { FailureCause } from '../../src/models/chat-model.ts';
import { agent, answerOf, ask, codesOf, collector, saidIn } from '../support/moa.ts';
import { type Reply, ScriptedModel } from '../support/scripted-model.ts';

const propose = (...names: string[]): Stage => ({
  kind: 'propose',
  agents: names.map((name) => agent(name)),
});
const fuse: Stage = { kind: 'fuse', agent: agent('fuser') };
const byModel = (replies: Record<string, Reply>) =>
  new ScriptedModel((request) => replies[request.model.slice(4)] ?? `${request.model} answers`);

describe('an agent that brings nothing', () => {
  test.each<[string, Reply]>([
    ['fails', { fails: 'infrastructure', code: 'timeout' }],
    ['is refused', { fails: 'refused', code: 'content-filter' }],
    ['overflows', { fails: 'context-overflow' }],
    ['writes nothing', ' \n'],
    ['only thinks', '<think>what to say?</think>\n'],
    ['is cut off before its first word', { text: '', finishReason: 'length' }],
  ])('drops out when it %s', async (_, reply) => {
    const model = byModel({ b: reply });
    const outcome = await ask(model, [propose('a', 'b', 'c'), fuse]);
    const fused = saidIn(model.requests.at(-1) ?? { messages: [] });
    expect(fused).toMatch(/number="1">\nsim\/a answers\n[\s\S]*number="2">\nsim\/c answers\n/);
    expect(fused).not.toMatch(/number="3"|scripted|what to say/);
    const isCutOff = typeof reply === 'object' && 'finishReason' in reply;
    expect(codesOf(outcome)).toEqual([...(isCutOff ? ['truncated'] : []), 'agent-dropped']);
    expect(outcome.trace.degraded[0]).toMatchObject({ stage: 'stages[0]', agent: 'b' });
    expect(outcome.trace.calls[1]?.outcome).toBe(
      typeof reply === 'object' && 'fails' in reply ? 'failed' : 'empty',
    );
  });

  test('a truncated answer stays, marked', async () => {
    const model = byModel({ a: { text: 'half an ans', finishReason: 'length' } });
    const outcome = await ask(model, [propose('a')]);
    expect(answerOf(outcome)).toBe('half an ans');
    expect(codesOf(outcome)).toEqual(['truncated']);
    expect(outcome.trace.calls[0]?.outcome).toBe('truncated');
  });
});

test('one that is cut off before it writes anything drops out, and both are recorded', async () => {
  const model = byModel({ a: { text: '', finishReason: 'length' } });
  const outcome = await ask(model, [propose('a')]);
  expect(codesOf(outcome)).toEqual(['truncated', 'agent-dropped']);
  expect(outcome).toMatchObject({
    ...{ kind: 'no-answer', cause: 'config' },
    reason: expect.stringContaining('a wrote nothing before its token limit'),
  });
});

describe('when no candidate is left, the cause decides', () => {
  test.each<[Reply, Reply, 'infrastructure' | 'config' | 'aborted']>([
    [{ fails: 'refused' }, { fails: 'context-overflow' }, 'config'],
    ['', { fails: 'refused' }, 'config'],
    [{ fails: 'infrastructure' }, { fails: 'infrastructure' }, 'infrastructure'],
    [{ fails: 'infrastructure' }, { fails: 'refused' }, 'infrastructure'],
    ['', { fails: 'rejected' }, 'infrastructure'],
    [{ fails: 'aborted' }, { fails: 'infrastructure' }, 'aborted'],
    ['an answer', { fails: 'aborted' }, 'aborted'],
  ])('%j and %j: %s', async (first, second, cause) => {
    const outcome = await ask(byModel({ a: first, b: second }), [propose('a', 'b'), fuse]);
    expect(outcome).toMatchObject({ kind: 'no-answer', cause });
    expect(outcome.trace.calls).toHaveLength(2);
  });

  test('the reason names stage, agents and causes', async () => {
    const outcome = await ask(byModel({ a: { fails: 'refused', code: 'content-filter' }, b: '' }), [
      propose('a', 'b'),
      fuse,
    ]);
    expect(outcome).toMatchObject({
      reason:
        'no candidate answer came from stages[0]: a failed: refused (content-filter): scripted refused; b wrote nothing',
    });
  });

  test('a later round that is lost leaves the earlier answers standing', async () => {
    const model = new ScriptedModel((request) =>
      request.model === 'sim/fuser' || !saidIn(request).includes('<candidate')
        ? `${request.model} answers`
        : { fails: 'infrastructure' },
    );
    const rounds: Stage = { kind: 'propose', agents: [agent('a'), agent('b')], rounds: 2 };
    const outcome = await ask(model, [rounds, fuse]);
    expect(answerOf(outcome)).toBe('sim/fuser answers');
    expect(saidIn(model.requests.at(-1) ?? { messages: [] })).toMatch(/sim\/a answers[\s\S]*sim\/b answers/);
    expect(codesOf(outcome)).toEqual(['agent-dropped', 'agent-dropped', 'round-lost']);
    expect(outcome.trace.infrastructureFailures).toBe(2);
  });

  test('some of a later round failing leaves the others', async () => {
    const model = new ScriptedModel((request) =>
      request.model === 'sim/b' && saidIn(request).includes('<candidate') ? '' : `${request.model} answers`,
    );
    const rounds: Stage = { kind: 'propose', agents: [agent('a'), agent('b')], rounds: 2 };
    await ask(model, [rounds, fuse]);
    const fused = saidIn(model.requests.at(-1) ?? { messages: [] });
    expect(fused).toContain('sim/a answers');
    expect(fused).not.toContain('sim/b answers');
  });
});

describe('infrastructure failures are counted', () => {
  test.each<[FailureCause, number]>([
    ['infrastructure', 1],
    ['rejected', 1],
    ['refused', 0],
    ['context-overflow', 0],
  ])('%s: %i', async (fails, count) => {
    const outcome = await ask(byModel({ b: { fails } }), [propose('a', 'b'), fuse]);
    expect(outcome.trace.infrastructureFailures).toBe(count);
  });
});

describe('abort', () => {
  test('before the start nothing is called', async () => {
    const model = byModel({});
    const outcome = await ask(model, [propose('a'), fuse], { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'aborted' });
    expect(model.requests).toEqual([]);
  });

  test('between stages the rest is not called, and what was paid is in the trace', async () => {
    const controller = new AbortController();
    const { onEvent } = collector();
    const model = byModel({});
    const outcome = await ask(model, [propose('a', 'b'), fuse], {
      signal: controller.signal,
      onEvent: (event) => {
        onEvent(event);
        if (event.kind === 'stage-finished') controller.abort();
      },
    });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'aborted' });
    expect(model.requests).toHaveLength(2);
    expect(outcome.trace.inputTokens).toBe(20);
  });

  test('during a call the signal reaches the model', async () => {
    const controller = new AbortController();
    const model = new ScriptedModel((request) => {
      if (request.model === 'sim/fuser') controller.abort();
      return 'text';
    });
    const outcome = await ask(model, [propose('a'), fuse], { signal: controller.signal });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'aborted' });
    expect(model.seen.every(({ options }) => options.signal === controller.signal)).toBe(true);
  });
});

test('a model port that throws is a bug and is thrown on', async () => {
  const model = new ScriptedModel(() => {
    throw new TypeError('broken port');
  });
  await expect(ask(model, [propose('a')])).rejects.toThrow('broken port');
});
