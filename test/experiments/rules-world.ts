import type { Clock } from '../../src/core/clock.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import type { Instance, Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type { ChatModel, ChatRequest } from '../../src/models/chat-model.ts';
import { type SearchSpace, searchSpaceSchema } from '../../src/search/space.ts';

/** Rules that a prompt may give; each question needs two of them. */
const rules = 12;
const needed = 2;
/** Chance that a model answers right when all needed rules are told, and what each missing one leaves of it. */
const abilities: Readonly<Record<string, number>> = {
  'sim/small': 0.6,
  'sim/middle': 0.75,
  'sim/large': 0.9,
};
const withoutRule = 0.55;
/** A writer adds so many of the rules that the feedback names at most, each with this chance, and forgets old ones. */
const mostAdded = 2;
const noticed = 0.8;
const forgotten = 0.08;

/**
 * A world in which prompts decide and cells cost next to nothing to simulate: what a prompt says of rules, and whether
 * a question needs them. Its writer learns rules from the cases it is shown, forgets a few, and of two prompts takes
 * the rules of both. All numbers are made up.
 */
export function createRulesWorld(seed: number) {
  const rng = createRng(`rules/${seed}`);
  const questions = (from: number, count: number): Instance[] =>
    Array.from({ length: count }, (_, at) => {
      const asked = rng.derive('question', from + at);
      return {
        id: `q${from + at}`,
        input: `Question ${from + at} needs ${rulesDrawn(asked).join(' and ')}.`,
        gold: `right-${from + at}`,
      };
    });
  const task: Task = {
    version: 1,
    name: 'rules',
    description: 'Answer by the rules.',
    instances: 'instances.jsonl',
    grader: { name: 'rules' },
    answer: 'text',
    split: { holdout: 0.5, seed: 1 },
    repeats: 1,
    objectives: ['score', 'latency', 'tokens'],
    hash: 'none',
    tuning: questions(0, 24),
    holdout: questions(24, 40),
  };
  return { task, grader, space, model: (clock: Clock) => createModel(clock, rng) };
}

const nameOf = (rule: number): string => `rule-${'abcdefghijkl'[rule]}`;
export const rulesIn = (text: string): string[] => [...new Set(text.match(/\brule-[a-l]\b/g) ?? [])];

function rulesDrawn(rng: Rng): string[] {
  return rng
    .shuffle(Array.from({ length: rules }, (_, rule) => nameOf(rule)))
    .slice(0, needed)
    .sort();
}

const space: SearchSpace = {
  ...searchSpaceSchema.parse({
    version: 1,
    name: 'rules',
    temperatures: [0.2, 0.7],
    maxTokens: 200,
    samples: { min: 1, max: 1 },
    rounds: { min: 1, max: 1 },
    agents: { min: 1, max: 3 },
    stages: { kinds: ['fuse'], max: 1 },
    prompts: {
      single: ['Answer.', 'Answer with care.', 'Think, then answer.'],
      fuser: ['Fuse {{references}}', 'Choose from {{references}}'],
    },
  }),
  models: ['sim/small', 'sim/middle', 'sim/large'],
};

const grader: Grader = {
  name: 'rules',
  revision: '1',
  grade: async ({ answer, instance }) =>
    answer === instance.gold
      ? { kind: 'scored', value: 1 }
      : { kind: 'scored', value: 0, feedback: `Not kept: ${rulesIn(instance.input).join(', ')}.` },
};

function createModel(clock: Clock, world: Rng): ChatModel {
  return {
    revision: () => 'rules',
    async complete(request, call = {}) {
      const asked = request.messages.map(({ content }) => content).join('\n');
      const rng = world.derive(JSON.stringify(request));
      const text = call.purpose === 'prompt-writer' ? write(asked, rng) : answer(request, asked, rng);
      const inputTokens = Math.ceil(asked.length / 4);
      const outputTokens = call.purpose === 'prompt-writer' ? Math.ceil(text.length / 4) : 150;
      const ability = abilities[request.model] ?? 0;
      const serviceMs = 200 + Math.round(2_000 * ability * (0.5 + rng.next()));
      await clock.sleep(serviceMs, call.signal);
      const usage = { inputTokens, outputTokens, estimated: false };
      return {
        kind: 'answered',
        response: { text, finishReason: 'stop', usage, serviceMs, firstTokenMs: null, usd: 0 },
      };
    },
  };
}

/** Chance that a model answers a question right with a prompt. */
export function chanceOf(model: string, prompt: string, question: string): number {
  const told = new Set(rulesIn(prompt));
  const missing = rulesIn(question).filter((rule) => !told.has(rule)).length;
  return (abilities[model] ?? 0) * withoutRule ** missing;
}

function answer({ model }: ChatRequest, asked: string, rng: Rng): string {
  const [question = '', number = ''] = /Question (\d+) needs [^.]*\./.exec(asked) ?? [];
  // Of an answer before it that is right a model mostly thinks so.
  const isShown = asked.includes(`right-${number}`) && rng.next() < (abilities[model] ?? 0);
  const isRight = isShown || rng.next() < chanceOf(model, asked.replace(question, ''), question);
  return isRight ? `right-${number}` : `wrong-${rng.integer(5)}`;
}

function write(asked: string, rng: Rng): string {
  const between = (tag: string): string[] =>
    [...asked.matchAll(new RegExp(`<${tag}>\\n([\\s\\S]*?)\\n</${tag}>`, 'g'))].map(([, text = '']) => text);
  const old = [...between('current_prompt'), ...between('other_prompt')].flatMap(rulesIn);
  const all = writtenRules(old, between('feedback').flatMap(rulesIn), rng);
  const shown = asked.includes('{{references}}') ? '\n\n{{references}}' : '';
  return `<new_prompt>\nAnswer. Keep ${all.length === 0 ? 'calm' : all.join(', ')}.${shown}\n</new_prompt>`;
}

/** The rules of a new prompt, from those of the old ones and those that lost points speak of. */
export function writtenRules(old: readonly string[], lost: readonly string[], rng: Rng): string[] {
  const kept = [...new Set(old)].filter(() => rng.next() >= forgotten);
  const added = rng
    .shuffle([...new Set(lost)].filter((rule) => !old.includes(rule)))
    .slice(0, mostAdded)
    .filter(() => rng.next() < noticed);
  return [...new Set([...kept, ...added])].sort();
}
