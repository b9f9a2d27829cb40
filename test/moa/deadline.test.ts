import { describe, expect, it } from 'vitest';
import { presets } from '../../src/domain/presets.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { agent, answerOf, ask, codesOf, saidIn } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';

const propose = { kind: 'propose' as const, agents: [agent('one'), agent('two')] };
const fuse = { kind: 'fuse' as const, agent: agent('fuser') };

describe('a deadline', () => {
  it('answers with the best candidate so far, and says what was cut off', async () => {
    const deadline = new AbortController();
    const model = new ScriptedModel(({ model: name }) => {
      if (name === 'sim/fuser') deadline.abort();
      return `from ${name}`;
    });
    const outcome = await ask(model, [propose, fuse], { deadline: deadline.signal });
    expect(answerOf(outcome)).toBe('from sim/one');
    expect(codesOf(outcome)).toEqual(['agent-dropped', 'fuse-failed', 'several-left']);
    expect(outcome.trace.degraded[0]?.note).toBe('fuser was cut off by the deadline');
  });

  it('begins no call after it', async () => {
    const deadline = new AbortController();
    const model = new ScriptedModel(({ model: name }, index) => {
      if (index === 1) queueMicrotask(() => deadline.abort());
      return `from ${name}`;
    });
    const critique = { kind: 'critique' as const, agents: [agent('critic')] };
    const outcome = await ask(model, [propose, critique, fuse], { deadline: deadline.signal });
    expect(answerOf(outcome)).toBe('from sim/one');
    expect(model.seen).toHaveLength(2);
    expect(outcome.trace.degraded.map(({ note }) => note)).toContain(
      'critic was not asked: the deadline had passed',
    );
  });

  it('has no answer where there is no candidate yet, which says nothing of the config', async () => {
    const outcome = await ask(new ScriptedModel(() => 'late'), [propose, fuse], {
      deadline: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'infrastructure' });
  });

  it('gives way to a caller who has gone', async () => {
    const signal = AbortSignal.abort();
    const outcome = await ask(new ScriptedModel(() => 'x'), [propose, fuse], { signal, deadline: signal });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'aborted' });
  });

  it('is not blamed for a call that ended for another reason', async () => {
    const model = new ScriptedModel(() => ({ fails: 'aborted', code: 'budget-usd' }));
    const outcome = await ask(model, [propose, fuse], { deadline: new AbortController().signal });
    expect(outcome).toMatchObject({ kind: 'no-answer', cause: 'aborted' });
    expect(outcome.trace.degraded[0]?.note).toContain('budget-usd');
  });
});

describe('a question with turns before it', () => {
  const question = {
    text: 'And doubled?',
    instructions: 'Answer in French.',
    earlier: [
      { role: 'user' as const, content: 'What is 6 x 7?' },
      { role: 'assistant' as const, content: '42' },
    ],
  };

  it('gives them and what the asker wants to every agent', async () => {
    const model = new ScriptedModel(() => 'quatre-vingt-quatre');
    const config = presets.together(['sim/otter-32b', 'sim/finch-3b']);
    await runMoa(config, question, { model, extractAnswer: (text) => text });
    expect(model.requests.length).toBeGreaterThan(2);
    for (const request of model.requests) {
      expect(request.messages.slice(-3)).toEqual([
        ...question.earlier,
        { role: 'user', content: question.text },
      ]);
      expect(request.messages.filter(({ role }) => role === 'system')).toHaveLength(1);
      expect(saidIn(request)).toContain('Answer in French.');
    }
  });

  it('puts them before a prompt that holds the question', async () => {
    const model = new ScriptedModel(() => '84');
    const stages = [{ kind: 'propose' as const, agents: [agent('a', { prompt: 'Q: {{question}}' })] }];
    await runMoa({ version: 1, name: 'x', stages }, question, { model, extractAnswer: (text) => text });
    expect(model.requests[0]?.messages).toEqual([
      { role: 'system', content: 'Answer in French.' },
      ...question.earlier,
      { role: 'user', content: 'Q: And doubled?' },
    ]);
  });
});
