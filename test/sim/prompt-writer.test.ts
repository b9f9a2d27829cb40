import { describe, expect, it } from 'vitest';
import { defined } from '../../src/core/defined.ts';
import { questionOf } from '../../src/domain/task.ts';
import type { LearnedKind } from '../../src/grading/grader-kind.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { composeRequest, type FailingCase, readWrittenPrompt } from '../../src/search/writing/index.ts';
import { targetsOf } from '../../src/search/writing/target.ts';
import { countMentions, partNames } from '../../src/sim/code-challenge/parts.ts';
import {
  harm,
  harmfulInstructions,
  kindInstructions,
  partInstructions,
  puffery,
} from '../../src/sim/prompt-writer/constants.ts';
import { hintOf } from '../../src/sim/prompt-writer/ideas.ts';
import { readRequest } from '../../src/sim/request-reader.ts';
import { mean, range } from '../support/sim-asking.ts';
import { answersTo, instancesOf, scoreOf, taskOf } from '../support/sim-tasks-asking.ts';

const kinds = Object.keys(kindInstructions) as LearnedKind[];
const allInstructions = [
  ...Object.values(partInstructions),
  ...kinds.flatMap((kind) => kindInstructions[kind].map(({ text }) => text)),
];

function writing(
  model: string,
  prompt: string,
  task: { readonly description: string },
  cases: readonly FailingCase[],
  index = 0,
  other?: Parameters<typeof composeRequest>[0]['other'],
): ChatRequest {
  const config = {
    version: 1 as const,
    name: '1 proposer',
    stages: [{ kind: 'propose' as const, agents: [{ name: 'proposer-1', model: 'sim/a', prompt }] }],
  };
  const [target] = targetsOf(config);
  if (target === undefined) throw new Error('the config has an agent');
  const messages = composeRequest({ task, config, target, cases, ...defined({ other }) });
  return { model: `sim/${model}`, messages, temperature: 0.7, sample: { repeat: 0, index } };
}

const written = async (requests: readonly ChatRequest[]): Promise<string[]> =>
  (await answersTo(requests)).map((answer) => readWrittenPrompt(answer) ?? '');

describe('simulated prompt writers that are shown two prompts', () => {
  it('mostly keep what each of them says, but for how the other begins and what its placeholders show', async () => {
    const task = { description: 'Choose one label for the message.' };
    const [first, second] = ['Answer with exactly one label.', 'Think of typical examples of each label.'];
    const other = { prompt: `You are a clerk. ${second}\n\n{{references}}`, cases: [] };
    const requests = range(40).map((index) =>
      writing('atlas-235b', `You sort messages. ${first}`, task, [], index, other),
    );
    const prompts = await written(requests);
    expect(mean(prompts.map((prompt) => (prompt.includes(first) ? 1 : 0)))).toBeGreaterThan(0.8);
    expect(mean(prompts.map((prompt) => (prompt.includes(second) ? 1 : 0)))).toBeGreaterThan(0.8);
    for (const prompt of prompts) expect(prompt).not.toMatch(/You are a clerk|\{\{references/);
  });
});

describe('instructions of simulated prompt writers', () => {
  it('are worded so that simulated models take them up', () => {
    for (const part of partNames) expect(countMentions(partInstructions[part], part), part).toBe(1);
    for (const kind of kinds) {
      for (const [index, { text }] of kindInstructions[kind].entries()) {
        expect(text, kind).toMatch(hintOf(kind, index) ?? /no such hint/);
      }
      expect(hintOf(kind, kindInstructions[kind].length), kind).toBeUndefined();
    }
    for (const text of harmfulInstructions) expect(text).toMatch(harm);
  });

  it('make no critic out of an author, nor an author out of a critic', () => {
    const roleWith = (prompt: string, added: string): string =>
      readRequest({
        messages: [
          { role: 'system', content: `${prompt} ${added}\n\n<candidate number="1">\nx\n</candidate>` },
          { role: 'user', content: 'What is it?' },
        ],
      }).role;
    for (const added of [...allInstructions, ...harmfulInstructions, ...puffery]) {
      expect(roleWith('Write the final answer from the candidates.', added), added).toBe('fuser');
      expect(roleWith('You are a critic. Point out every error.', added), added).toBe('critic');
    }
  });
});

describe('simulated prompt writers', () => {
  const feedback =
    '85 of 120 points.\n- handles_division_by_zero 0/20: it raised\n- doesnt_mutate_input 0/8: it changes';
  const challenge = {
    description: 'Write the Python function calculate_user_metrics(users, start_date, end_date).',
  };
  const failing: FailingCase = {
    question: 'Write calculate_user_metrics.',
    answer: 'def f(): pass',
    score: 0.7,
    feedback,
  };
  const prompt = 'You are a Python programmer. Sort in descending order.';
  const mentions = async (model: string, cases: readonly FailingCase[]) => {
    const prompts = await written(range(40).map((index) => writing(model, prompt, challenge, cases, index)));
    const share = (part: (typeof partNames)[number]): number =>
      mean(prompts.map((text) => Number(countMentions(text, part) > 0)));
    return {
      named: (share('zeroDays') + share('noMutation')) / 2,
      other: share('dateRange'),
      old: share('sortOrder'),
    };
  };

  it('add what the feedback points to, the able more often, and keep what was there', async () => {
    const able = await mentions('titan-400b', [failing]);
    expect(able.named).toBeGreaterThan(0.6);
    expect(able.other).toBeLessThan(able.named - 0.3);
    expect(able.old).toBeGreaterThan(0.9);
    expect((await mentions('wisp-1b', [failing])).named).toBeLessThan(able.named - 0.2);
    expect((await mentions('titan-400b', [])).named).toBeLessThan(able.named - 0.2);
  });

  it('slip now and then, the careless more often: placeholders and tags are lost', async () => {
    const lostBy = async (model: string) => {
      const requests = range(60).map((index) =>
        writing(model, 'Combine the answers.\n\n{{references}}', challenge, [failing], index),
      );
      const answers = await answersTo(requests);
      const prompts = answers.map((answer) => readWrittenPrompt(answer) ?? '');
      return {
        placeholders: mean(prompts.map((text) => Number(!text.includes('{{references}}')))),
        tags: mean(answers.map((answer) => Number(!answer.includes('</new_prompt>')))),
      };
    };
    const careless = await lostBy('wisp-1b');
    const careful = await lostBy('titan-400b');
    expect(careless.placeholders).toBeGreaterThan(0.05);
    expect(careful.placeholders).toBeLessThan(careless.placeholders);
    expect(careful.tags).toBeLessThan(careless.tags);
  });

  it('take out what does harm when they are shown what came of it', async () => {
    const harmed = 'Write Python. Be original and surprising.';
    const requests = range(20).map((index) =>
      writing('titan-400b', harmed, challenge, [failing, failing], index),
    );
    const kept = (await written(requests)).filter((text) => /original/.test(text)).length;
    expect(kept).toBeLessThan(10);
  });

  it.each(['support-intent', 'code-repair'])('write prompts that score more on %s', async (name) => {
    const task = taskOf(name);
    const old = 'Answer.';
    const cases = instancesOf(name, 40)
      .slice(0, 3)
      .map((instance) => ({
        question: questionOf(task, instance),
        answer: 'no',
        score: 0,
        feedback:
          name === 'support-intent'
            ? 'The label "x" is wrong.'
            : '1 of 4 tests pass.\n- a test that calls f() fails',
      }));
    const [better = ''] = await written([writing('atlas-235b', old, task, cases)]);
    expect(await scoreOf(name, 'heron-8b', better, 3)).toBeGreaterThan(
      (await scoreOf(name, 'heron-8b', old, 3)) + 0.01,
    );
  });

  it('are asked by whoever shows a prompt in its tags; all other requests are for others', async () => {
    const [said] = await answersTo([
      {
        model: 'sim/sage-70b',
        messages: [
          { role: 'system', content: 'Answer. You may improve the prompt.' },
          { role: 'user', content: 'How many legs has a spider?' },
        ],
        sample: { repeat: 0, index: 0 },
      },
    ]);
    expect(said).not.toContain('new_prompt');
  });
});
