import { describe, expect, it } from 'vitest';
import { drawWorld } from '../../../src/analysis/rehearse/assumed-world.ts';
import { assumedBeliefs, type Beliefs } from '../../../src/analysis/rehearse/beliefs.ts';
import { createRoleReader } from '../../../src/analysis/rehearse/call-role.ts';
import { createStandInModel } from '../../../src/analysis/rehearse/stand-in-model.ts';
import { withoutMiddle } from '../../../src/analysis/rehearse/stand-in-text.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import {
  choiceInstruction,
  choicesIntroduction,
  rankingInstruction,
  referencesIntroduction,
  verdictInstruction,
} from '../../../src/moa/instructions.ts';
import { parseChoice, parseRanking, parseVerdict } from '../../../src/moa/parse.ts';
import type { ChatOutcome, ChatRequest, ModelCard } from '../../../src/models/chat-model.ts';
import { composeRequest, readWrittenPrompt } from '../../../src/search/writing/index.ts';
import { targetsOf } from '../../../src/search/writing/target.ts';
import { allPrompts, makeSpace } from '../../search/spaces.ts';

const space = makeSpace({ prompts: allPrompts }, ['maker/a']);
const roleOf = createRoleReader(space);
const priced: ModelCard = {
  name: 'maker/a',
  contextTokens: null,
  price: { inputPerMillion: 1, outputPerMillion: 2 },
  speed: null,
  simulated: false,
};

function ask(
  request: Partial<ChatRequest>,
  options: { card?: ModelCard; change?: Partial<Beliefs>; seed?: string; attempt?: number } = {},
): Promise<ChatOutcome> {
  const card = options.card ?? priced;
  const beliefs = {
    ...assumedBeliefs({ answer: 'text', grader: { name: 'own' } }, ['maker/a'], () => card),
    failureRate: { median: 0, unsure: 0, varies: 0 },
    ...options.change,
  };
  const clock = new VirtualClock();
  const world = drawWorld(beliefs, () => card, options.seed ?? 'test');
  const model = createStandInModel({ clock, world, card: () => card, roleOf });
  const full: ChatRequest = {
    model: 'maker/a',
    messages: [
      { role: 'system', content: 'Answer.' },
      { role: 'user', content: 'What?' },
    ],
    sample: { repeat: 0, index: 0 },
    ...request,
  };
  return clock.run(() => model.complete(full, { attempt: options.attempt ?? 0 }));
}

async function answerOf(...given: Parameters<typeof ask>) {
  const outcome = await ask(...given);
  if (outcome.kind !== 'answered') throw new Error(outcome.failure.code);
  return outcome.response;
}

const system = (content: string): Partial<ChatRequest> => ({
  messages: [
    { role: 'system', content },
    { role: 'user', content: 'What?' },
  ],
});
const candidates = [referencesIntroduction, '[q=-2.0000]', '[q=3.0000]', '[q=0.1000]'].join('\n');

describe('roles', () => {
  it.each([
    ['Answer.', 'answer'],
    [`Answer.\n\n${candidates}`, 'refine'],
    [`Propose a bold solution. ${candidates}`, 'refine'],
    [`Combine ${candidates}`, 'fuse'],
    [`${candidates}`, 'fuse'],
    [`Find faults in ${candidates}`, 'critique'],
    [`Is it right? ${candidates}\n${verdictInstruction}`, 'verify'],
    [`Order them. ${candidates}\n${rankingInstruction}`, 'rank'],
    [`${choicesIntroduction}\n- a (maker/a): Answer.\n${choiceInstruction(1)}`, 'route'],
  ])('reads %j as %s', (content, role) => {
    const request = system(content) as ChatRequest;
    expect(roleOf(request)).toBe(role);
  });
});

describe('stand-in model', () => {
  it('answers equal requests alike and other samples otherwise', async () => {
    const first = await answerOf({});
    expect(await answerOf({})).toEqual(first);
    expect((await answerOf({ sample: { repeat: 1, index: 0 } })).usage).not.toEqual(first.usage);
    expect((await answerOf({}, { seed: 'another' })).usage).not.toEqual(first.usage);
  });

  it('writes at most maxTokens, and says that it was cut off', async () => {
    const short = await answerOf({ maxTokens: 3 });
    expect(short.usage.outputTokens).toBe(3);
    expect(short.finishReason).toBe('length');
    const long = await answerOf({ maxTokens: 100_000 });
    expect(long.finishReason).toBe('stop');
    expect(long.text.length / long.usage.outputTokens).toBeGreaterThan(2.5);
    expect(long.text.length / long.usage.outputTokens).toBeLessThan(6);
  });

  it('counts what is left out of a long question', async () => {
    const asking = (content: string) => answerOf({ messages: [{ role: 'user', content }] });
    const long = 'A word and others. '.repeat(50_000);
    const short = withoutMiddle(long);
    expect(short.length).toBeLessThan(long.length / 40);
    const { inputTokens } = (await asking(short)).usage;
    expect(inputTokens / (await asking(long)).usage.inputTokens).toBeCloseTo(1, 3);
    // Questions about one long text differ at their end.
    expect(withoutMiddle(`${long}Who?`)).not.toBe(withoutMiddle(`${long}How?`));
    expect(withoutMiddle('What?')).toBe('What?');
  });

  it('has no price where the card has none', async () => {
    const response = await answerOf({});
    const { inputTokens, outputTokens } = response.usage;
    expect(response.usd).toBeCloseTo((inputTokens + 2 * outputTokens) / 1e6, 15);
    expect((await answerOf({}, { card: { ...priced, price: null } })).usd).toBeNull();
  });

  it('keeps to a speed profile on the whole', async () => {
    const card = { ...priced, speed: { firstTokenMs: 100, tokensPerSecond: 50 } };
    const ratios: number[] = [];
    for (let number = 0; number < 200; number++) {
      const { usage, serviceMs } = await answerOf({}, { card, seed: `speed/${number}` });
      ratios.push(serviceMs / (100 + usage.outputTokens * 20));
    }
    const logs = ratios.map(Math.log);
    const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    expect(Math.abs(mean)).toBeLessThan(0.08);
  });

  it('fails as often as the world says, and may answer the next attempt', async () => {
    const change = { failureRate: { median: 0.2, unsure: 0, varies: 0 } };
    const outcomes: ChatOutcome[] = [];
    for (let attempt = 0; attempt < 300; attempt++) outcomes.push(await ask({}, { change, attempt }));
    const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
    expect(failures.length).toBeGreaterThan(40);
    expect(failures.length).toBeLessThan(80);
    expect(failures.every((outcome) => outcome.kind === 'failed' && outcome.failure.retryable)).toBe(true);
  });

  it('overflows a context that is too small', async () => {
    const outcome = await ask({}, { card: { ...priced, contextTokens: 3 } });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'context-overflow' } });
  });

  it('writes verdicts, orders and choices that the engine can read', async () => {
    const verdict = await answerOf(system(`Is it right? [q=4.0000]\n${verdictInstruction}`));
    expect(parseVerdict(verdict.text)).toBe('accept');
    const ranking = await answerOf(system(`Order them. ${candidates}\n${rankingInstruction}`));
    expect(parseRanking(ranking.text, [1, 2, 3])?.[0]).toBe(2);
    expect(parseRanking(ranking.text, [1, 2, 3])).toHaveLength(3);
    const list = `${choicesIntroduction}\n- first one (maker/a): Answer.\n- second (maker/a): Think.`;
    const choice = await answerOf(system(`${list}\n${choiceInstruction(1)}`));
    expect(parseChoice(choice.text, ['first one', 'second'])).toHaveLength(2);
  });

  it('refuses a model that nothing is believed of', async () => {
    await expect(ask({ model: 'maker/b' })).rejects.toThrow('maker/b');
  });
});

describe('a stand-in asked to write a prompt', () => {
  it('writes another one with the same placeholders', async () => {
    const config = {
      version: 1 as const,
      name: 'fuse',
      stages: [
        { kind: 'propose' as const, agents: [{ name: 'one', model: 'maker/a', prompt: 'Answer.' }] },
        { kind: 'fuse' as const, agent: { name: 'fuser', model: 'maker/a', prompt: 'Fuse {{references}}' } },
      ],
    };
    const [, target] = targetsOf(config);
    if (target === undefined) throw new Error('the config has a fuser');
    const messages = composeRequest({ task: { description: 'Any.' }, config, target, cases: [] });
    expect(roleOf({ model: 'maker/a', messages, sample: { repeat: 0, index: 0 } })).toBe('write');
    const [first, second] = await Promise.all(
      [0, 1].map(async (index) =>
        readWrittenPrompt((await answerOf({ messages, sample: { repeat: 0, index } })).text),
      ),
    );
    expect(first).toContain('Fuse {{references}}');
    expect(second).not.toBe(first);
  });
});
