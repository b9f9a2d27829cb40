import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { questionOf, type Task } from '../../src/domain/task.ts';
import { createSimulatedModel, createTextbook, type Textbook } from '../../src/sim/index.ts';
import { askSim, mean, range } from '../support/sim-asking.ts';
import { goodPrompts, knownTasks, skillOf, taskPrompts } from '../support/sim-tasks.ts';
import {
  answersTo,
  candidates,
  fusing,
  instancesOf,
  questions,
  request,
  rightAnswer,
  scoreOf,
  taskOf,
  textbook,
} from '../support/sim-tasks-asking.ts';
import { sampled, thorough } from '../support/thorough.ts';

describe('the textbook', () => {
  it('knows every question of the shipped tasks, whole or inside a prompt', () => {
    for (const name of sampled(knownTasks, 3)) {
      for (const instance of taskOf(name).tuning) {
        const question = questionOf(taskOf(name), instance);
        expect(textbook.find(question)?.instance.id).toBe(instance.id);
        expect(textbook.find(`Answer this:\n  ${question}\n\nThanks.`)?.instance.id).toBe(instance.id);
        expect(skillOf(textbook, question).work).toBeDefined();
      }
    }
  });

  it('knows no other question', () => {
    expect(
      textbook.find('How many eggs does the farmer sell in a week of 9 days at 4 eggs a day?'),
    ).toBeNull();
    expect(textbook.find('')).toBeNull();
  });

  it('has another hash when anything in it changes', () => {
    const math = taskOf('contest-math');
    const [first, ...rest] = math.tuning;
    if (first === undefined) throw new Error('no instances');
    const changed = { ...math, tuning: [{ ...first, gold: '1' }, ...rest] };
    expect(createTextbook([math]).hash).toBe(createTextbook([{ ...math }]).hash);
    expect(createTextbook([changed]).hash).not.toBe(createTextbook([math]).hash);
    const revision = (book: Textbook) =>
      createSimulatedModel({ clock: new VirtualClock(), seed: 1, textbook: book }).revision('sim/sage-70b');
    expect(revision(createTextbook([changed]))).not.toBe(revision(createTextbook([math])));
    expect(revision(textbook)).toMatch(/^sim-v1#1\+[0-9a-f]{12}$/);
  });

  it('leaves answers to a question as they are when other questions come in', async () => {
    const alone = createTextbook([taskOf('support-intent')]);
    const asked = questions('support-intent', 20).map((question) => request('heron-8b', question));
    const texts = async (book: Textbook) =>
      (await askSim(5, asked, undefined, book)).map(
        (outcome) => outcome.kind === 'answered' && outcome.response.text,
      );
    expect(await texts(alone)).toEqual(await texts(textbook));
  });

  it('is not consulted for a question that prompts merely quote', async () => {
    const [quoted = ''] = questions('contest-math', 500);
    const answer = taskOf('contest-math').tuning[0]?.gold;
    const asked = range(12).map((index) =>
      request(
        'titan-400b',
        'How many legs do 12 spiders and 7 ants have together?',
        `Example question: ${quoted}`,
        {
          sample: { repeat: 0, index },
        },
      ),
    );
    for (const text of await answersTo(asked)) {
      expect(text).toMatch(/^The answer is \d+\.$/);
      expect(text).not.toBe(`The answer is ${answer}.`);
    }
  });
});

it('a prompt that forbids code fences gets few of them around JSON', async () => {
  const fenced = async (system: string): Promise<number> => {
    const asked = questions('ticket-extraction', 5).map((question) => request('otter-32b', question, system));
    return mean((await answersTo(asked)).map((text) => Number(text.includes('```'))));
  };
  expect(await fenced('Answer with JSON.')).toBeGreaterThan(0.3);
  expect(await fenced('Answer with JSON: no prose, no code fence.')).toBeLessThan(0.15);
});

describe('a second round', () => {
  it('is answered, not criticised, by whoever is to name what could go wrong with a plan', async () => {
    const [question = ''] = questions('open-questions', 500);
    const system = `Give a concrete plan and name what could go wrong.\n\n${candidates(['Take the train.', 'Stay at home.'])}`;
    const [text = ''] = await answersTo([request('titan-400b', question, system)]);
    expect(text).not.toContain('Candidate');
    expect(text.length).toBeGreaterThan(200);
  });
});

describe('a request to work on a prompt', () => {
  it('is not taken for the question that it shows', async () => {
    const [shown = ''] = questions('contest-math', 500);
    const asked = request('sage-70b', `Improve this prompt.\nPrompt: Be brief.\nIt failed on: ${shown}`);
    expect((await answersTo([asked]))[0]).not.toMatch(/Step 1|equation|remainder modulo/);
  });
});

describe.each(sampled(knownTasks, 6))('%s', (name) => {
  it.skipIf(!thorough)('is done better by the able, and by those who are told what matters', async () => {
    const [weak, middling, strong, told] = await Promise.all([
      scoreOf(name, 'wisp-1b', taskPrompts.plain, 3),
      scoreOf(name, 'heron-8b', taskPrompts.plain, 3),
      scoreOf(name, 'titan-400b', taskPrompts.plain, 3),
      scoreOf(name, 'titan-400b', goodPrompts[name] ?? '', 3),
    ]);
    expect(strong).toBeGreaterThan(weak + 0.1);
    expect(strong).toBeGreaterThan(middling);
    expect(middling).toBeGreaterThan(weak - 0.05);
    expect(told).toBeGreaterThan(strong - 0.03);
  });

  it.skipIf(!thorough)('is not solved by over-long prompts about nothing', async () => {
    const junk =
      'Please remember that quality matters and that we value every colleague in all respects. '.repeat(50);
    expect(await scoreOf(name, 'heron-8b', junk, 3)).toBeLessThan(
      (await scoreOf(name, 'heron-8b', goodPrompts[name] ?? '', 3)) + 0.02,
    );
  });

  it('gold answers have every point right, and a reader finds nothing in an empty text', () => {
    for (const instance of taskOf(name).tuning) {
      const skill = skillOf(textbook, questionOf(taskOf(name), instance));
      const gold = rightAnswer(instance);
      const wrong = (skill.inspect(gold) ?? []).filter(
        ({ right, name: point }) => !right && !point.startsWith('extra'),
      );
      expect([instance.id, wrong.map((point) => point.name)]).toEqual([instance.id, []]);
      expect(skill.inspect('')).toBeNull();
    }
  });

  it('critics find more faults in bad answers than in good ones, and verifiers refuse them more often', async () => {
    const asked = questions(name, 6);
    const bad = await answersTo(asked.map((question) => request('wisp-1b', question, taskPrompts.plain)));
    const gold = instancesOf(name, 6).map(rightAnswer);
    const ask = (texts: readonly string[], prompt: string) =>
      answersTo(
        asked.map((question, index) =>
          request('titan-400b', question, `${prompt}\n\n${candidates([texts[index] ?? ''])}`),
        ),
      );
    const blamed = async (texts: readonly string[]): Promise<number> =>
      mean(
        (await ask(texts, taskPrompts.critic)).map((text) =>
          /wrong|omits|missing|left|not load/.test(text) ? 1 : 0,
        ),
      );
    const [ofBad, ofGold] = [await blamed(bad), await blamed(gold)];
    expect(ofBad).toBeGreaterThan(ofGold);
    const accepted = async (texts: readonly string[]): Promise<number> =>
      mean(
        (await ask(texts, 'Check the candidate. End with "VERDICT: ACCEPT" or "VERDICT: REJECT".')).map(
          (text) => {
            expect(text).toMatch(/VERDICT: (ACCEPT|REJECT)$/);
            return text.endsWith('ACCEPT') ? 1 : 0;
          },
        ),
      );
    expect(await accepted(gold)).toBeGreaterThan(await accepted(bad));
  });

  it('able rankers put a right answer before a bad one', async () => {
    const asked = questions(name, 6);
    const gold = instancesOf(name, 6).map(rightAnswer);
    const bad = await answersTo(asked.map((question) => request('wisp-1b', question, taskPrompts.plain)));
    const rankings = await answersTo(
      asked.map((question, index) =>
        request(
          'titan-400b',
          question,
          `Order the candidates. End with a line like "RANKING: 2, 1".\n\n${candidates([bad[index] ?? '', gold[index] ?? ''])}`,
        ),
      ),
    );
    for (const text of rankings) expect(text).toMatch(/^RANKING: (1, 2|2, 1)$/);
    // Some of the bad answers are right; earlier ones win ties.
    const better = rankings.filter((text) => text.endsWith('2, 1')).length;
    const worse = asked.filter((question, index) =>
      (skillOf(textbook, question).inspect(bad[index] ?? '') ?? [{ right: false }]).some(
        ({ right }) => !right,
      ),
    ).length;
    expect(better).toBeGreaterThan(worse * 0.45);
  });
});

describe('an unknown question', () => {
  it('is guessed at, as without a textbook', async () => {
    const question =
      'A farmer sells 12 eggs a day for 9 days at 3 coins each. How many coins is that in total?';
    const asked = range(10).map((index) =>
      request('titan-400b', question, '', { sample: { repeat: 0, index } }),
    );
    const guesses = await answersTo(asked);
    const without = (await askSim(3, asked)).map(
      (outcome) => outcome.kind === 'answered' && outcome.response.text,
    );
    expect(guesses).toEqual(without);
  });
});

describe('answers of every kind', () => {
  // As in test/sim/model.test.ts: the same on every Node and machine; whoever changes them must raise simulationVersion.
  it('have these very values on every machine', async () => {
    const book = createTextbook(smallTasks);
    const asked = smallTasks.flatMap((task) =>
      task.tuning.flatMap((instance) =>
        ['wisp-1b', 'otter-32b', 'quill-120b', 'titan-400b'].flatMap((model) => [
          request(model, instance.input),
          request(
            model,
            instance.input,
            fusing([
              'The answer is 3.',
              '{"name": "Ann"}',
              'refund',
              instance.input,
              String(instance.reference ?? instance.gold),
            ]),
          ),
          request(
            model,
            instance.input,
            `${taskPrompts.critic}\n\n${candidates(['The answer is 3.', 'invoice'])}`,
          ),
        ]),
      ),
    );
    const texts = (await askSim(11, asked, undefined, book)).map(
      (outcome) => outcome.kind === 'answered' && outcome.response.text,
    );
    expect(sha256(texts)).toBe('ec2b7a3147d929fae1ba6a591d245b81575ca0900a68d864f2d1e86d976ddc8c');
  });
});

const buggy =
  '```python\ndef double(values):\n    result = []\n    for value in values:\n        result.append(value + 2)\n    return values\n```\nReturn each value doubled.';
const smallTasks = (
  [
    ['numeric', 'Find the number of pairs (a, b) with a < b <= 7.', '21', undefined],
    ['classification', 'Where is my money? You promised it last week.', 'refund', undefined],
    ['extraction', 'My name is Ann Lee and I live in Turin.', { name: 'Ann Lee', city: 'Turin' }, undefined],
    [
      'summary',
      'Ann: my lamp is broken. Kim: I send a new one.',
      'Ann reports a broken lamp. Kim sends a new one by post.',
      undefined,
    ],
    [
      'code-tests',
      buggy,
      { tests: ['assert double([2]) == [4]'] },
      'def double(values):\n    result = []\n    for value in values:\n        result.append(value * 2)\n    return result\n',
    ],
    [
      'judge',
      'Plan a day in Graz for two.',
      'Walk up the castle hill in the morning. Eat in the old town. See the art museum when it rains.',
      undefined,
    ],
  ] as const
).map(
  ([grader, input, gold, reference]): Pick<Task, 'name' | 'grader' | 'tuning' | 'holdout'> => ({
    name: `small-${grader}`,
    grader: { name: grader, labels: ['refund', 'invoice', 'delivery'] },
    tuning: [{ id: 'one', input, gold, ...(reference === undefined ? {} : { reference }) }],
    holdout: [],
  }),
);
