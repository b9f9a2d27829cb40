import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/domain/moa-config.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { agent, answerOf, ask, codesOf, saidIn } from '../support/moa.ts';
import { type Reply, ScriptedModel } from '../support/scripted-model.ts';

/** Each agent answers by its model's name: `sim/critic` by `replies.critic`; the default is its name. */
function scripted(replies: Record<string, Reply | ((request: ChatRequest) => Reply)> = {}): ScriptedModel {
  return new ScriptedModel((request) => {
    const name = request.model.slice('sim/'.length);
    const reply = replies[name] ?? `${name} says ${request.sample.index}`;
    return typeof reply === 'function' ? reply(request) : reply;
  });
}

const propose = (...names: string[]): Stage => ({
  kind: 'propose',
  agents: names.map((name) => agent(name)),
});
const fuse: Stage = { kind: 'fuse', agent: agent('fuser') };
const saidTo = (model: ScriptedModel, name: string): string[] =>
  model.requests.filter((request) => request.model === `sim/${name}`).map(saidIn);

describe('propose', () => {
  test('one agent is one call with its settings', async () => {
    const model = scripted();
    const single = agent('solo', { temperature: 0.5, topP: 0.9, maxTokens: 77 });
    const outcome = await ask(model, [{ kind: 'propose', agents: [single] }], { repeat: 3 });
    expect(answerOf(outcome)).toBe('solo says 0');
    expect(model.requests).toEqual([
      {
        model: 'sim/solo',
        messages: [
          { role: 'system', content: 'You are solo.' },
          { role: 'user', content: 'What is 6 x 7?' },
        ],
        temperature: 0.5,
        topP: 0.9,
        maxTokens: 77,
        sample: { repeat: 3, index: 0 },
      },
    ]);
  });

  test("each round sees all of the last round's answers and none older", async () => {
    const model = scripted({
      a: (request) => `a${saidIn(request).includes('<candidate') ? '+' : '0'}`,
      b: (request) => `b${saidIn(request).includes('<candidate') ? '+' : '0'}`,
    });
    await ask(model, [{ kind: 'propose', agents: [agent('a'), agent('b')], rounds: 3 }, fuse]);
    const [first, second, third] = saidTo(model, 'a');
    expect(first).not.toContain('candidate');
    expect(second).toMatch(/number="1">\na0\n[\s\S]*number="2">\nb0\n/);
    expect(third).toMatch(/number="1">\na\+\n[\s\S]*number="2">\nb\+\n/);
    expect(third).not.toContain('a0');
    expect(model.requests).toHaveLength(7);
  });

  test('equal requests are numbered as samples, whoever makes them', async () => {
    const model = scripted();
    const twin = (name: string, samples: number) =>
      agent(name, { model: 'sim/same', prompt: 'Same.', samples });
    await ask(model, [
      { kind: 'propose', agents: [twin('x', 2), agent('other'), twin('y', 3)] },
      { kind: 'vote' },
    ]);
    const same = model.requests.filter((request) => request.model === 'sim/same');
    expect(same.map((request) => request.sample.index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('a propose stage after critiques sees candidates and critiques, and replaces them', async () => {
    const model = scripted({ critic: 'too vague' });
    await ask(model, [propose('a'), { kind: 'critique', agents: [agent('critic')] }, propose('b'), fuse]);
    expect(saidTo(model, 'b')[0]).toMatch(/a says 0[\s\S]*too vague/);
    expect(saidTo(model, 'fuser')[0]).toContain('b says 0');
    expect(saidTo(model, 'fuser')[0]).not.toMatch(/a says 0|too vague/);
  });

  test('a proposer without a prompt is told what to do once there are references', async () => {
    const model = scripted();
    await ask(model, [{ kind: 'propose', agents: [agent('a', { prompt: '' })], rounds: 2 }]);
    expect(model.requests[0]?.messages).toEqual([{ role: 'user', content: 'What is 6 x 7?' }]);
    expect(model.requests[1]?.messages[0]?.content).toMatch(/^Write one answer[\s\S]*a says 0/);
  });
});

describe('route', () => {
  const route: Stage = {
    kind: 'route',
    router: agent('router', { prompt: 'Pick.' }),
    agents: [agent('a'), agent('b', { prompt: 'Second line\nhidden' }), agent('c')],
    choose: 2,
  };

  test('only the chosen agents answer, in the order of the config', async () => {
    const model = scripted({ router: 'AGENTS: c, a' });
    const outcome = await ask(model, [route, fuse]);
    expect(model.requests.map((request) => request.model)).toEqual([
      'sim/router',
      'sim/a',
      'sim/c',
      'sim/fuser',
    ]);
    const [asked] = saidTo(model, 'router');
    expect(asked).toContain('- b (sim/b): Second line');
    expect(asked).not.toContain('hidden');
    expect(asked).toContain('"AGENTS: name, name"');
    expect(outcome.trace.calls.map((call) => call.stage)).toEqual([
      'stages[0].router',
      'stages[0]',
      'stages[0]',
      'stages[1]',
    ]);
    expect(codesOf(outcome)).toEqual([]);
  });

  test.each<[string, Reply, string[], string[]]>([
    ['names none', 'I cannot say', ['sim/a', 'sim/b'], ['router-fallback']],
    ['names too few', 'AGENTS: c', ['sim/a', 'sim/c'], ['router-fallback']],
    ['names too many', 'AGENTS: c, b, a', ['sim/b', 'sim/c'], []],
    ['fails', { fails: 'refused' }, ['sim/a', 'sim/b'], ['agent-dropped', 'router-fallback']],
  ])('a router that %s', async (_, reply, models, codes) => {
    const model = scripted({ router: reply });
    const outcome = await ask(model, [route, fuse]);
    expect(model.requests.slice(1, -1).map((request) => request.model)).toEqual(models);
    expect(codesOf(outcome)).toEqual(codes);
  });
});

describe('verify', () => {
  const verify: Stage = { kind: 'verify', agent: agent('verifier', { prompt: 'Check.' }) };
  const judging = (verdicts: Record<string, string>) =>
    scripted({
      verifier: (request) => {
        const name = Object.keys(verdicts).find((key) => saidIn(request).includes(`${key} says`)) ?? '';
        return verdicts[name] ?? '';
      },
    });

  test('accepted candidates pass on; each is judged alone', async () => {
    const model = judging({ a: 'VERDICT: REJECT', b: 'VERDICT: ACCEPT', c: 'VERDICT: ACCEPT' });
    const outcome = await ask(model, [propose('a', 'b', 'c'), verify, fuse]);
    for (const said of saidTo(model, 'verifier')) {
      expect(said.match(/<candidate /g)).toHaveLength(1);
      expect(said).toContain('VERDICT: ACCEPT');
    }
    expect(saidTo(model, 'fuser')[0]).toMatch(/number="1">\nb says 0\n[\s\S]*number="2">\nc says 0\n/);
    expect(saidTo(model, 'fuser')[0]).not.toContain('a says');
    expect(codesOf(outcome)).toEqual([]);
  });

  test('none accepted is recorded and all pass on', async () => {
    const model = judging({ a: 'VERDICT: REJECT', b: 'VERDICT: REJECT' });
    const outcome = await ask(model, [propose('a', 'b'), verify, fuse]);
    expect(codesOf(outcome)).toEqual(['none-verified']);
    expect(saidTo(model, 'fuser')[0]).toMatch(/a says 0[\s\S]*b says 0/);
  });

  test('an unreadable verdict is no acceptance, and recorded', async () => {
    const model = judging({ a: 'hard to say', b: 'VERDICT: ACCEPT' });
    const outcome = await ask(model, [propose('a', 'b'), verify, { kind: 'vote' }]);
    expect(answerOf(outcome)).toBe('b says 0');
    expect(codesOf(outcome)).toEqual(['unparseable-verdict']);
  });

  test('of several samples more must accept than reject', async () => {
    const verdicts = ['ACCEPT', 'REJECT', 'ACCEPT', 'REJECT', 'REJECT', 'ACCEPT'];
    const model = new ScriptedModel((request, index) =>
      request.model === 'sim/verifier' ? `VERDICT: ${verdicts[index - 2]}` : request.model,
    );
    const sampled: Stage = { kind: 'verify', agent: agent('verifier', { samples: 3 }) };
    const outcome = await ask(model, [propose('a', 'b'), sampled, { kind: 'vote' }]);
    expect(answerOf(outcome)).toBe('sim/a');
    expect(codesOf(outcome)).toEqual([]);
  });

  test('a prompt that states the form gets no second instruction', async () => {
    const model = scripted({ verifier: 'VERDICT: ACCEPT' });
    const own = agent('verifier', { prompt: 'Say VERDICT: ACCEPT or not.' });
    await ask(model, [propose('a'), { kind: 'verify', agent: own }]);
    expect(saidTo(model, 'verifier')[0]?.match(/VERDICT:/g)).toHaveLength(1);
  });
});

describe('rank', () => {
  const rank = (keep: number, overrides = {}): Stage => ({
    kind: 'rank',
    agent: agent('ranker', overrides),
    keep,
  });

  test.each<[string, Reply, string, string[]]>([
    ['states all', 'RANKING: 3, 1, 2', 'c says 0', []],
    ['names only the best', 'RANKING: 2', 'b says 0', []],
    ['cannot be read', 'they are all fine', 'a says 0', ['unparseable-ranking']],
    ['fails', { fails: 'context-overflow' }, 'a says 0', ['agent-dropped']],
    ['writes nothing', '  ', 'a says 0', ['agent-dropped']],
  ])('a ranker that %s', async (_, reply, answer, codes) => {
    const outcome = await ask(scripted({ ranker: reply }), [propose('a', 'b', 'c'), rank(1)]);
    expect(answerOf(outcome)).toBe(answer);
    expect(codesOf(outcome)).toEqual(codes);
  });

  test('a ranking shorter than what is kept is filled up in order, and recorded', async () => {
    const model = scripted({ ranker: 'RANKING: 3' });
    const outcome = await ask(model, [propose('a', 'b', 'c'), rank(2), fuse]);
    expect(saidTo(model, 'fuser')[0]).toMatch(/number="1">\nc says 0\n[\s\S]*number="2">\na says 0\n/);
    expect(codesOf(outcome)).toEqual(['partial-ranking']);
  });

  test("several samples are combined by Borda's count", async () => {
    const rankings = ['RANKING: 1, 2, 3', 'RANKING: 3, 2, 1', 'RANKING: 2, 3, 1'];
    const model = scripted({ ranker: (request) => rankings[request.sample.index] ?? '' });
    const outcome = await ask(model, [propose('a', 'b', 'c'), rank(1, { samples: 3 })]);
    expect(answerOf(outcome)).toBe('b says 0');
  });

  test('candidates keep their numbers while critiques speak of them', async () => {
    const model = scripted({ ranker: 'RANKING: 3, 2, 1', critic: 'candidate 3 is best' });
    const critique: Stage = { kind: 'critique', agents: [agent('critic')] };
    await ask(model, [propose('a', 'b', 'c'), critique, rank(2), fuse]);
    expect(saidTo(model, 'fuser')[0]).toMatch(
      /number="3">\nc says 0\n[\s\S]*number="2">\nb says 0\n[\s\S]*candidate 3 is best/,
    );
  });

  test('a single candidate is not ranked', async () => {
    const model = scripted({ b: { fails: 'refused' } });
    const outcome = await ask(model, [propose('a', 'b'), rank(1)]);
    expect(saidTo(model, 'ranker')).toEqual([]);
    expect(codesOf(outcome)).toEqual(['agent-dropped', 'nothing-to-rank']);
  });
});

describe('vote', () => {
  const number = (text: string): string | null => /\d+/.exec(text)?.[0] ?? null;
  test.each<[string, string[], string, string[]]>([
    ['the majority wins, told by its first supporter', ['it is 1', 'it is 2', 'so 2'], 'it is 2', []],
    ['ties go to the earlier', ['it is 5', 'it is 4', 'so 4', 'so 5'], 'it is 5', []],
    ['answers without an extract cannot win', ['none', 'nothing', 'it is 7'], 'it is 7', []],
    ['nothing to compare: the first, recorded', ['none', 'nothing'], 'none', ['no-extracted-answer']],
  ])('%s', async (_, answers, winner, codes) => {
    const model = new ScriptedModel((_request, index) => answers[index] ?? '');
    const stages = [propose(...answers.map((_text, index) => `p${index}`)), { kind: 'vote' } as const];
    const outcome = await ask(model, stages, { extractAnswer: number });
    expect(answerOf(outcome)).toBe(winner);
    expect(codesOf(outcome)).toEqual(codes);
    expect(model.requests).toHaveLength(answers.length);
  });
});

describe('critique', () => {
  test('comments travel on, in the order of the critics, later ones after earlier ones', async () => {
    const model = scripted();
    const critique = (...names: string[]): Stage => ({
      kind: 'critique',
      agents: names.map((name) => agent(name)),
    });
    await ask(model, [propose('a'), critique('x', 'y'), critique('z'), fuse]);
    expect(saidTo(model, 'z')[0]).toMatch(/x says 0[\s\S]*y says 0/);
    expect(saidTo(model, 'fuser')[0]).toMatch(
      /<critique number="1">\nx says 0[\s\S]*number="2">\ny says 0[\s\S]*number="3">\nz says 0/,
    );
  });

  test('where no critic answers, the candidates go on', async () => {
    const model = scripted({ critic: { fails: 'refused' } });
    const outcome = await ask(model, [propose('a'), { kind: 'critique', agents: [agent('critic')] }, fuse]);
    expect(answerOf(outcome)).toBe('fuser says 0');
    expect(codesOf(outcome)).toEqual(['agent-dropped', 'critique-lost']);
  });
});

describe('fuse', () => {
  test('a failed aggregator leaves the candidates, and the first is the answer', async () => {
    const model = scripted({ fuser: { fails: 'refused', code: 'content-filter' } });
    const outcome = await ask(model, [propose('a', 'b'), fuse]);
    expect(answerOf(outcome)).toBe('a says 0');
    expect(codesOf(outcome)).toEqual(['agent-dropped', 'fuse-failed', 'several-left']);
  });

  test('several samples are several candidates', async () => {
    const sampled: Stage = { kind: 'fuse', agent: agent('fuser', { samples: 3 }) };
    const outcome = await ask(scripted(), [propose('a'), sampled, { kind: 'vote' }]);
    expect(answerOf(outcome)).toBe('fuser says 0');
    expect(outcome.trace.calls).toHaveLength(4);
  });
});

describe('loop', () => {
  const rework: Stage = {
    kind: 'loop',
    times: 4,
    until: 'verified',
    stages: [
      { kind: 'verify', agent: agent('verifier') },
      { kind: 'critique', agents: [agent('critic')] },
      { kind: 'propose', agents: [agent('b')] },
    ],
  };

  test('runs a fixed number of times, each pass on the last', async () => {
    let drafts = 0;
    const model = scripted({ a: () => `draft ${++drafts}` });
    const again: Stage = { kind: 'loop', times: 3, stages: [{ kind: 'propose', agents: [agent('a')] }] };
    const outcome = await ask(model, [again]);
    expect(answerOf(outcome)).toBe('draft 3');
    expect(saidTo(model, 'a')[2]).toContain('draft 2');
    expect(outcome.trace.calls.map(({ stage, round }) => [stage, round])).toEqual([
      ['stages[0].stages[0]@0', 0],
      ['stages[0].stages[0]@1', 1],
      ['stages[0].stages[0]@2', 2],
    ]);
  });

  test('stops right after the verify stage that accepts', async () => {
    let checks = 0;
    const model = scripted({ verifier: () => (++checks === 2 ? 'VERDICT: ACCEPT' : 'VERDICT: REJECT') });
    const outcome = await ask(model, [propose('a'), rework]);
    expect(model.requests.map((request) => request.model.slice(4))).toEqual([
      ...['a', 'verifier', 'critic', 'b', 'verifier'],
    ]);
    expect(answerOf(outcome)).toBe('b says 0');
  });

  test('gives up after `times` passes', async () => {
    const model = scripted({ verifier: 'VERDICT: REJECT' });
    const outcome = await ask(model, [propose('a'), rework]);
    expect(codesOf(outcome)).toEqual(Array.from({ length: 4 }, () => 'none-verified'));
    expect(model.requests).toHaveLength(1 + 4 * 3);
  });
});
