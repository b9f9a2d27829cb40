import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createRng } from '../../src/core/rng.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { independence } from '../../src/sim/ability.ts';
import { readProgram } from '../../src/sim/code-challenge/detector.ts';
import {
  countMentions,
  type Parts,
  partNames,
  pointsOfParts,
  settle,
  topics,
} from '../../src/sim/code-challenge/parts.ts';
import { writeProgram } from '../../src/sim/code-challenge/python-writer.ts';
import { remarks } from '../../src/sim/code-challenge/reviewer.ts';
import { drawStyle, type Style } from '../../src/sim/code-challenge/style.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { type ReadRequest, readRequest } from '../../src/sim/request-reader.ts';
import { mean, range, responsesOf, simRequest } from '../support/sim-asking.ts';
import { challenge, pointsOfAnswer, prompts } from '../support/sim-calibration.ts';
import { runs, thorough } from '../support/thorough.ts';

const allRight = Object.fromEntries(partNames.map((part) => [part, true])) as Parts;
const styleOf = (seed: number): Style =>
  drawStyle(createRng(`habits-${seed}`), createRng(`sample-${seed}`), 0.7);
const program = (wrong: Partial<Parts> = {}, seed = 1): string =>
  writeProgram({ ...allRight, ...wrong }, styleOf(seed));
const fenced = (code: string): string => `Here it is:\n\`\`\`python\n${code}\n\`\`\``;
const candidates = (...codes: string[]): string =>
  codes.map((code, index) => `<candidate number="${index + 1}">\n${fenced(code)}\n</candidate>`).join('\n\n');

/** Mean of a measure over worlds and samples. */
async function meanOver(
  model: string,
  changes: Parameters<typeof simRequest>[1],
  measure: (text: string) => number,
  { seeds = 24, samples = 4 } = {},
): Promise<number> {
  const values: number[] = [];
  for (const seed of range(seeds)) {
    const requests: ChatRequest[] = range(samples).map((index) => simRequest(model, { ...changes, index }));
    values.push(...(await responsesOf(seed, requests)).map(({ text }) => measure(text)));
  }
  return mean(values);
}
const has = (part: keyof Parts) => (text: string) => (readProgram(text)?.parts[part] === true ? 1 : 0);

describe('programs and their parts', () => {
  const parts = fc.record(
    Object.fromEntries(partNames.map((part) => [part, fc.boolean()])),
  ) as fc.Arbitrary<Parts>;

  it('a reader finds exactly the parts that the writer put in, in every style', () => {
    fc.assert(
      fc.property(parts, fc.integer(), (drawn, seed) => {
        const read = readProgram(fenced(writeProgram(drawn, styleOf(seed))));
        expect(read?.parts).toEqual(settle(drawn));
        if (drawn.missingKeys) expect(read?.defaultDays).toBe(styleOf(seed).defaultDays);
      }),
      { numRuns: runs(600) },
    );
  });

  it.each([
    ['nothing', {}, 120],
    ['zero days', { zeroDays: false }, 85],
    ['empty input alone', { emptyInput: false }, 120],
    ['empty input and nobody active', { emptyInput: false, noActive: false }, 92],
    ['missing keys', { missingKeys: false }, 105],
    ['the average over all', { averageActive: false }, 110],
    ['the order', { sortOrder: false }, 108],
    ['the number of performers', { topFive: false }, 110],
    ['padding', { fewerThanFive: false }, 115],
    ['mutation', { noMutation: false }, 112],
    ['raising on a reversed range', { dateRange: false }, 117],
    ['text values', { textValues: false }, 117],
    ['None and text values', { textValues: false, noneValues: false }, 115],
    ['an import', { loads: false }, 0],
  ] as const)('getting %s wrong leaves %j at %i points', (_, wrong, points) => {
    expect(pointsOfParts({ ...allRight, ...wrong })).toBe(points);
  });

  it('knows a starting point of other people’s making by its bugs', () => {
    const start = `def calculate_user_metrics(users, start_date, end_date):
    total = 0
    active = []
    for user in users:
        if user['last_login'] >= start_date and user['last_login'] <= end_date:
            engagement = (user['posts'] * 2 + user['comments'] * 1.5 + user['likes'] * 0.1) / user['days_active']
            user['engagement_score'] = engagement
            total += engagement
            active.append(user)
    average = total / len(users)
    top = sorted(active, key=lambda u: u['engagement_score'])[-5:]
    return {'average_engagement': average, 'top_performers': top, 'active_count': len(active)}`;
    const read = readProgram(start);
    expect(read?.parts).toMatchObject({
      zeroDays: false,
      missingKeys: false,
      averageActive: false,
      sortOrder: false,
      noMutation: false,
      emptyInput: false,
      loads: true,
    });
  });

  it('finds the last complete function among fences and past thoughts, and none where none is', () => {
    const text = `<think>\ndef calculate_user_metrics(users, start_date, end_date):\n    ...\n</think>\n${fenced(
      program({ zeroDays: false }),
    )}\nBetter:\n${fenced(program())}`;
    expect(readProgram(text)?.parts).toEqual(allRight);
    expect(readProgram('I would filter by date and then sort.')).toBeNull();
    expect(readProgram(fenced(program().slice(0, 300)))?.parts.loads).toBe(false);
  });

  it('programs of different styles differ as text, samples of one model resemble each other', async () => {
    const weights = async (seed: number, requests: ChatRequest[]): Promise<number> =>
      mean(
        independence((await responsesOf(seed, requests)).map(({ text }) => readProgram(text)?.code ?? '')),
      );
    const models = ['sage-70b', 'otter-32b', 'gale-109b', 'quill-120b'];
    const mixed: number[] = [];
    const same: number[] = [];
    for (const seed of range(thorough ? 12 : 4)) {
      mixed.push(
        await weights(
          seed,
          models.map((name) => simRequest(name)),
        ),
      );
      same.push(
        await weights(
          seed,
          range(4).map((index) => simRequest('sage-70b', { index })),
        ),
      );
    }
    expect(mean(mixed)).toBeGreaterThan(0.9);
    expect(mean(same)).toBeLessThan(0.85);
  });
});

describe('what a request asks for is read from its text', () => {
  const spaceOf = (name: string): { prompts: Record<string, string[]> } =>
    parse(readFileSync(new URL(`../../search-spaces/${name}.yaml`, import.meta.url), 'utf8'));
  const read = (system: string): ReadRequest =>
    readRequest({
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: challenge },
      ],
    });

  it.each([
    [`${prompts.critic}\n\n${candidates(program())}`, 'critic'],
    [`${prompts.fuse}\n\n${candidates(program())}`, 'fuser'],
    [
      `Judge.\n\n${candidates(program())}\n\nEnd with one line: "VERDICT: ACCEPT" or "VERDICT: REJECT".`,
      'verifier',
    ],
    [`${candidates(program())}\n\nEnd with a line like "RANKING: 2, 1, 3".`, 'ranker'],
    ['Choose the 2 agents best suited.\n- a (sim/x)\n- b (sim/y)\nlike "AGENTS: name, name".', 'router'],
    ['You are a helpful assistant.', 'proposer'],
    [`You see critiques of candidates. Write the final function.\n\n${candidates(program())}`, 'fuser'],
  ])('%#', (system, role) => {
    expect(read(system).role).toBe(role);
  });

  it('recognises the critics and aggregators of the shipped space', () => {
    const { prompts: library } = spaceOf('code-challenge');
    for (const [role, expected] of [
      ['critic', 'critic'],
      ['fuser', 'fuser'],
    ] as const) {
      for (const prompt of library[role] ?? []) {
        const filled = prompt.replace('{{references}}', candidates(program())).replace('{{critiques}}', '');
        expect([prompt, read(filled).role]).toEqual([prompt, expected]);
      }
    }
  });

  it('takes candidates from tags with their numbers, from numbered blocks and from bare fences', () => {
    const tagged = read('<candidate number="4">\nx\n</candidate>\n<critique number="1">\nbad\n</critique>');
    expect([tagged.candidates, tagged.numbers, tagged.critiques]).toEqual([['x'], [4], ['bad']]);
    const numbered = read(`Synthesize:\n1. ${fenced(program())}\n2. ${fenced(program({ zeroDays: false }))}`);
    expect(numbered.candidates.map((text) => readProgram(text)?.parts.zeroDays)).toEqual([true, false]);
    expect(numbered.system).not.toContain('return');
    expect(read(`Improve it:\n${fenced(program())}`).candidates).toHaveLength(1);
    expect(read('1. Be brief.\n2. Be right.').candidates).toEqual([]);
  });

  it('asks and remarks name their own part', () => {
    // What makes None safe is often what makes text safe; critics and prompts speak of both at once.
    const related = (part: string, other: string): boolean =>
      [part, other].every((name) => ['noneValues', 'textValues'].includes(name));
    for (const part of partNames) {
      for (const remark of remarks[part]) {
        const named = partNames.filter((other) => topics[other].test(remark) && !related(part, other));
        expect([remark, named.filter((other) => other !== part)]).toEqual([remark, []]);
      }
      for (const remark of remarks[part]) expect([remark, topics[part].test(remark)]).toEqual([remark, true]);
    }
    expect(countMentions('Guard every division by\nzero.\nNever divide by zero.', 'zeroDays')).toBe(2);
  });
});

// Means over hundreds of answers: CI plays them.
describe.skipIf(!thorough)('what decides a program’s parts', () => {
  it('skill: stronger models write better programs', async () => {
    const points = async (model: string): Promise<number> => meanOver(model, {}, pointsOfAnswer);
    const [tiny, small, large, huge] = await Promise.all(
      ['wisp-1b', 'heron-8b', 'sage-70b', 'titan-400b'].map(points),
    );
    expect(tiny).toBeLessThan((small ?? 0) - 6);
    expect(small).toBeLessThan((large ?? 0) - 6);
    expect(large).toBeLessThan((huge ?? 0) - 3);
  });

  it('asking: a part that the prompt names comes out more often, the second mention adds less', async () => {
    const rate = (system: string): Promise<number> =>
      meanOver('sage-70b', { system }, has('noMutation'), { seeds: 60, samples: 3 });
    const never = await rate('Be helpful.');
    const once = await rate('Be helpful. Do not mutate the input.');
    const twice = await rate('Be helpful. Do not mutate the input. Work on copies.');
    expect(once - never).toBeGreaterThan(0.1);
    expect(twice - once).toBeLessThan(once - never);
  });

  it('dilution: an over-long prompt is worse than a short one', async () => {
    const short = await meanOver('sage-70b', { system: 'Be helpful.' }, pointsOfAnswer);
    const long = await meanOver('sage-70b', { system: prompts.junk }, pointsOfAnswer);
    expect(long).toBeLessThan(short - 5);
  });

  it('temperature: moderate is best, high is worst and most diverse', async () => {
    const points = (temperature: number): Promise<number> =>
      meanOver('titan-400b', { temperature, system: prompts.good }, pointsOfAnswer);
    expect(await points(0.4)).toBeGreaterThan((await points(1.6)) + 5);
    const distinct = async (temperature: number): Promise<number> => {
      const responses = await responsesOf(
        2,
        range(12).map((index) => simRequest('heron-8b', { temperature, index })),
      );
      return new Set(responses.map(({ text }) => readProgram(text)?.code)).size;
    };
    expect(await distinct(1.2)).toBeGreaterThan(await distinct(0));
  });

  it('correlation: samples of one model agree in their errors more than two models do', async () => {
    const vectors = async (seed: number, model: string): Promise<boolean[][]> =>
      (
        await responsesOf(
          seed,
          range(2).map((index) => simRequest(model, { index })),
        )
      ).map(({ text }) => {
        const read = readProgram(text);
        return partNames.map((part) => read?.parts[part] ?? false);
      });
    const agreement = (a: readonly boolean[], b: readonly boolean[]): number =>
      mean(a.map((value, index) => (value === b[index] ? 1 : 0)));
    const within: number[] = [];
    const across: number[] = [];
    for (const seed of range(60)) {
      const [a, b] = [await vectors(seed, 'sage-70b'), await vectors(seed, 'quill-120b')];
      within.push(agreement(a[0] ?? [], a[1] ?? []), agreement(b[0] ?? [], b[1] ?? []));
      across.push(agreement(a[0] ?? [], b[0] ?? []), agreement(a[1] ?? [], b[1] ?? []));
    }
    expect(mean(within)).toBeGreaterThan(mean(across) + 0.08);
  });
});

describe.skipIf(!thorough)('what the context changes', () => {
  const noMutation = (model: string, system: string): Promise<number> =>
    meanOver(model, { system }, has('noMutation'), { seeds: 60, samples: 2 });
  const bad = { noMutation: false };

  it('an aggregator keeps what candidates support, the more the surer', async () => {
    const rate = (right: number): Promise<number> =>
      noMutation(
        'atlas-235b',
        `${prompts.plainFuse}\n${candidates(...range(4).map((index) => program(index < right ? {} : bad, index)))}`,
      );
    const rates = [await rate(0), await rate(1), await rate(4)];
    expect(rates[1]).toBeGreaterThan((rates[0] ?? 0) + 0.15);
    expect(rates[2]).toBeGreaterThan((rates[1] ?? 0) + 0.15);
  });

  it('near-copies are weaker evidence than independent programs', async () => {
    const copies = [1, 1, 1, 1].map((seed) => program({}, seed));
    const independent = range(4).map((seed) => program({}, seed));
    expect(Math.max(...independence(copies))).toBeLessThan(Math.min(...independence(independent)));
    const rate = (codes: string[]): Promise<number> =>
      noMutation('sage-70b', `${prompts.plainFuse}\n${candidates(...codes)}`);
    expect(await rate(independent)).toBeGreaterThan((await rate(copies)) + 0.03);
  });

  it('what a critique demands is mended more often', async () => {
    const shown = `${prompts.plainFuse}\n${candidates(program(bad, 1), program(bad, 2))}`;
    const critique = '\n<critique number="1">\nCandidate 1: it mutates what it was given.\n</critique>';
    expect(await noMutation('sage-70b', shown + critique)).toBeGreaterThan(
      (await noMutation('sage-70b', shown)) + 0.12,
    );
  });

  it('weak aggregators spoil what strong ones improve', async () => {
    const shown = `${prompts.plainFuse}\n${candidates(...range(3).map((seed) => program({ textValues: false }, seed)))}`;
    const strong = await meanOver('titan-400b', { system: shown }, pointsOfAnswer);
    const weak = await meanOver('wisp-1b', { system: shown }, pointsOfAnswer);
    expect(strong).toBeGreaterThan(100);
    expect(weak).toBeLessThan(80);
  });
});

describe('reviewers', () => {
  const good = program({}, 1);
  const poor = program({ zeroDays: false, missingKeys: false, noMutation: false, averageActive: false }, 2);
  const ask = async (model: string, system: string): Promise<string[]> => {
    const texts: string[] = [];
    for (const seed of range(30)) {
      const responses = await responsesOf(seed, [simRequest(model, { system, temperature: 0.2 })]);
      texts.push(...responses.map(({ text }) => text.replace(/<think>[\s\S]*<\/think>/, '')));
    }
    return texts;
  };
  const share = (texts: readonly string[], pattern: RegExp): number =>
    mean(texts.map((text) => (pattern.test(text) ? 1 : 0)));

  it('critics find real faults, strong ones more', async () => {
    const system = `${prompts.critic}\n\n${candidates(poor)}`;
    const found = async (model: string): Promise<number> => share(await ask(model, system), topics.zeroDays);
    expect(await found('titan-400b')).toBeGreaterThan((await found('wisp-1b')) + 0.2);
    const alarms = share(
      await ask('titan-400b', `${prompts.critic}\n\n${candidates(good)}`),
      topics.zeroDays,
    );
    expect(alarms).toBeLessThan(0.15);
  });

  it('verifiers end with a verdict and accept good answers more often than poor ones', async () => {
    const system = (code: string): string =>
      `${prompts.verifier}\n\n${candidates(code)}\n\nEnd with one line: "VERDICT: ACCEPT" or "VERDICT: REJECT".`;
    const forGood = await ask('titan-400b', system(good));
    const forPoor = await ask('titan-400b', system(poor));
    for (const text of [...forGood, ...forPoor]) expect(text).toMatch(/\nVERDICT: (ACCEPT|REJECT)$/);
    expect(share(forGood, /ACCEPT$/)).toBeGreaterThan(share(forPoor, /ACCEPT$/) + 0.5);
  });

  it('rankers order all candidates by their numbers, better ones first', async () => {
    const texts = await ask(
      'titan-400b',
      `${prompts.ranker}\n\n${candidates(poor, good).replace('number="2"', 'number="5"')}\n\nlike "RANKING: 2, 1, 3".`,
    );
    for (const text of texts) expect(text).toMatch(/^RANKING: (5, 1|1, 5)$/);
    expect(share(texts, /5, 1/)).toBeGreaterThan(0.9);
  });

  it('routers name as many of the listed agents as were asked for', async () => {
    const texts = await ask(
      'sage-70b',
      'Choose the 2 agents best suited to this question, without answering it.\nThese agents can answer the question:\n- coder (sim/forge-14b): You write Python functions.\n- poet (sim/quill-120b): You write verse.\n- clerk (sim/wisp-1b): You file things.\nEnd with one line that holds the chosen names, like "AGENTS: name, name".',
    );
    for (const text of texts) {
      const named = /^AGENTS: (\w+), (\w+)$/.exec(text)?.slice(1) ?? [];
      expect(['coder', 'poet', 'clerk']).toEqual(expect.arrayContaining(named));
      expect(new Set(named).size).toBe(2);
    }
    expect(share(texts, /coder/)).toBeGreaterThan(0.85);
  });
});

describe('answers look as real models’ answers do', () => {
  it.skipIf(!thorough)('with every fence tag, no fence, thoughts that mention the head, prose', async () => {
    const texts: string[] = [];
    for (const card of simulatedModels) {
      const model = card.name.replace('sim/', '');
      const plain = {
        messages: [
          { role: 'user' as const, content: 'Write calculate_user_metrics(users, start_date, end_date).' },
        ],
      };
      const responses = await responsesOf(
        1,
        range(60).map((index) => simRequest(model, { ...plain, index })),
      );
      texts.push(...responses.map(({ text }) => text));
    }
    const seen = (pattern: RegExp): number => texts.filter((text) => pattern.test(text)).length;
    for (const tag of ['python', 'Python', 'python3', 'py', '']) {
      expect([tag, seen(new RegExp(`^\`\`\`${tag}$`, 'm')) > 5]).toEqual([tag, true]);
    }
    expect(seen(/^[^`]*$/)).toBeGreaterThan(10);
    expect(seen(/^<think>[\s\S]*def calculate_user_metrics[\s\S]*<\/think>/)).toBeGreaterThan(20);
    expect(seen(/\u0060{3}[^`]+\u0060{3}[^`]*\u0060{3}[^`]+\u0060{3}/)).toBeGreaterThan(5);
    expect(seen(/^ {4}\t/m)).toBeGreaterThan(0);
    expect(seen(/^(Here|Sure|Certainly|Below)/)).toBeGreaterThan(100);
  });

  it('with less prose where the prompt wants code only', async () => {
    const length = (system: string): Promise<number> =>
      meanOver(
        'quill-120b',
        { system, messages: [{ role: 'user', content: `${system} Write calculate_user_metrics.` }] },
        (text) => text.length,
        { seeds: 3, samples: 20 },
      );
    expect(await length('Answer with code only.')).toBeLessThan((await length('Be kind.')) - 150);
  });
});
