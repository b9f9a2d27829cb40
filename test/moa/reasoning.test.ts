import { describe, expect, test } from 'vitest';
import { configId, type Stage } from '../../src/domain/moa-config.ts';
import { agent, answerOf, ask, codesOf, collector, configOf, saidIn } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';

const thoughtful = () =>
  new ScriptedModel((request) =>
    request.model === 'sim/fuser' ? 'fused' : { text: 'forty-two', reasoning: '6 x 7 is 42' },
  );
const propose = (passReasoning?: boolean): Stage => ({
  kind: 'propose',
  agents: [agent('a', passReasoning === undefined ? {} : { passReasoning }), agent('b')],
});
const fuse: Stage = { kind: 'fuse', agent: agent('fuser') };

describe('what a model reasons', () => {
  test.each([[undefined], [false]])('stays with the call unless the agent asks (%s)', async (asked) => {
    const model = thoughtful();
    await ask(model, [propose(asked), fuse]);
    expect(saidIn(model.requests.at(-1) ?? { messages: [] })).not.toContain('6 x 7 is 42');
  });

  test('is passed on before the answer of the agent that asks, and of no other', async () => {
    const model = thoughtful();
    await ask(model, [propose(true), fuse]);
    const seen = saidIn(model.requests.at(-1) ?? { messages: [] });
    expect(seen).toContain(
      '<candidate number="1">\nReasoning:\n6 x 7 is 42\n\nAnswer:\nforty-two\n</candidate>',
    );
    expect(seen).toContain('<candidate number="2">\nforty-two\n</candidate>');
  });

  test('is the answer where there is nothing else, and only for the agent that asks', async () => {
    const only = () =>
      new ScriptedModel(() => ({ text: '', reasoning: 'hm, 42', finishReason: 'length' as const }));
    const single = (passReasoning: boolean): Stage => ({
      kind: 'propose',
      agents: [agent('a', { passReasoning })],
    });
    const asked = await ask(only(), [single(true)]);
    expect(answerOf(asked)).toBe('Reasoning:\nhm, 42');
    expect(codesOf(asked)).toEqual(['truncated']);
    expect(await ask(only(), [single(false)])).toMatchObject({ kind: 'no-answer', cause: 'config' });
  });

  test('streams in the end as part of the answer', async () => {
    const { events, onEvent } = collector();
    const alone: Stage = { kind: 'propose', agents: [agent('a', { passReasoning: true })] };
    const outcome = await ask(thoughtful(), [alone], { onEvent });
    let streamed = '';
    for (const event of events) {
      if (event.kind === 'answer-restarted') streamed = '';
      if (event.kind === 'answer-delta') streamed += event.text;
    }
    expect(streamed).toBe(answerOf(outcome));
  });

  test("is part of a config's identity when it is asked for", () => {
    expect(configId(configOf(propose()))).not.toBe(configId(configOf(propose(true))));
  });
});
