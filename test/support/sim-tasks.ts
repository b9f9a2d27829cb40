import { fileURLToPath } from 'node:url';
import { unwrap } from '../../src/core/result.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Agent, MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import { type Instance, questionOf, type Task } from '../../src/domain/task.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import type { PythonSandbox } from '../../src/grading/grader.ts';
import { runMoa } from '../../src/moa/engine.ts';
import { createSimulatedModel, type Textbook } from '../../src/sim/index.ts';
import type { QuestionSkill } from '../../src/sim/textbook/question-skill.ts';
import { learn } from '../../src/sim/textbook/textbook-subject.ts';
import { loadTask } from '../../src/tasks/load-task.ts';

const agent = (model: string, prompt: string, temperature = 0.4, more: Partial<Agent> = {}): Agent => ({
  name: model,
  model: `sim/${model}`,
  prompt,
  temperature,
  maxTokens: 2048,
  ...more,
});

/** Prompts fit for any question, and one for each kind that says what matters there. */
export const taskPrompts = {
  plain: 'You are a helpful assistant.',
  fuse: 'Write the final answer to the question. Use what is right in the candidates below, drop what is wrong, and answer in exactly the form the question asks for.\n\n{{references}}\n\n{{critiques}}',
  critic:
    'You are a critic and a strict examiner. Point out every error you can prove in the candidate answers below. Do not write an answer of your own.\n\n{{references}}',
  ranker:
    'Judge the candidates below by correctness first, completeness second and form third.\n\n{{references}}',
  verifier: 'Check the candidate below by working the question out independently.\n\n{{references}}',
} as const;

export const goodPrompts: Readonly<Record<string, string>> = {
  'contest-math':
    'Work through the problem step by step. List what is given, check the result with small cases, and end with "The answer is N".',
  'support-intent':
    'Decide what the customer wants to have done, and tell similar labels apart before you choose. Answer with the label only.',
  'ticket-extraction':
    'Go through every field in turn. Copy values exactly; leave out what is not stated. Answer with JSON only.',
  'ticket-summary':
    'Say who has which problem and what the next step is, with names, numbers and dates. Add nothing that is not in the ticket. Be concise.',
  'code-repair':
    'Look for every bug: read line by line, trace the code on empty input and at the boundaries, and compare with the docstring. Code only.',
  'open-questions':
    'Give a concrete plan that meets every constraint, in clear steps, with costs, times and risks.',
};

export interface TaskSystem {
  readonly name: string;
  readonly config: MoaConfig;
}

const six = ['sage-70b', 'quill-120b', 'otter-32b', 'atlas-235b', 'gale-109b', 'forge-14b'];

/** Canonical systems for one task: singles with plain and good prompts, and the usual mixtures. */
export function systemsFor(task: string): TaskSystem[] {
  const good = goodPrompts[task] ?? taskPrompts.plain;
  const { plain, fuse, critic, ranker } = taskPrompts;
  const system = (name: string, ...stages: Stage[]): TaskSystem => ({
    name,
    config: { version: 1, name, stages },
  });
  const propose = (agents: Agent[], rounds = 1) => ({
    kind: 'propose' as const,
    agents: agents.map((each, index) => ({ ...each, name: `${each.name}-${index}` })),
    rounds,
  });
  const fused = (model: string): Stage => ({ kind: 'fuse', agent: agent(model, fuse, 0.3) });
  const critique = (model: string) => ({ kind: 'critique' as const, agents: [agent(model, critic, 0.3)] });
  const sampled = (model: string, samples: number) => propose([agent(model, good, 0.7, { samples })]);
  const several = (models: readonly string[]) => propose(models.map((model) => agent(model, good, 0.7)));
  const singles = [
    'wisp-1b',
    'heron-8b',
    'forge-14b',
    'otter-32b',
    'sage-70b',
    'quill-120b',
    'atlas-235b',
    'titan-400b',
  ];
  return [
    ...singles.map((model) => system(`single ${model}, plain prompt`, propose([agent(model, plain)]))),
    ...singles.slice(1).map((model) => system(`single ${model}, good prompt`, propose([agent(model, good)]))),
    system('self-consistency: sage × 5, vote', sampled('sage-70b', 5), { kind: 'vote' }),
    system('vote of six models', several(six), { kind: 'vote' }),
    system('vote of otter, atlas, titan', several(['otter-32b', 'atlas-235b', 'titan-400b']), {
      kind: 'vote',
    }),
    system('best of 5: sage × 5, titan ranks', sampled('sage-70b', 5), {
      kind: 'rank',
      agent: agent('titan-400b', ranker, 0.2),
      keep: 1,
    }),
    system(
      'three fast models, sage fuses',
      several(['heron-8b', 'forge-14b', 'otter-32b']),
      fused('sage-70b'),
    ),
    system('six models, atlas fuses', several(six), fused('atlas-235b')),
    system(
      'six models × 2 rounds, atlas fuses',
      propose(
        six.map((model) => agent(model, good, 0.7)),
        2,
      ),
      fused('atlas-235b'),
    ),
    system('Self-MoA: titan × 6, titan fuses', sampled('titan-400b', 6), fused('titan-400b')),
    system(
      'planner/critic: atlas × 8, atlas criticises, twice, atlas fuses',
      {
        kind: 'loop',
        times: 2,
        stages: [propose([agent('atlas-235b', good, 0.8, { samples: 8 })]), critique('atlas-235b')],
      },
      fused('atlas-235b'),
    ),
    system(
      'otter, atlas, titan, titan criticises, titan fuses',
      several(['otter-32b', 'atlas-235b', 'titan-400b']),
      critique('titan-400b'),
      fused('titan-400b'),
    ),
    system(
      'bad: three good ones, wisp fuses',
      several(['otter-32b', 'atlas-235b', 'titan-400b']),
      fused('wisp-1b'),
    ),
  ];
}

export interface MeasuredSystem {
  readonly name: string;
  readonly score: number;
  readonly seconds: number;
  readonly tokens: number;
}

export type GradeAnswer = (answer: string, instance: Instance) => Promise<number>;

/** Mean score, latency and tokens of a system over a task's instances in several worlds. */
export async function measureSystem(
  task: Task,
  textbook: Textbook,
  { name, config }: TaskSystem,
  {
    seeds,
    instances,
    grade,
  }: { seeds: readonly number[]; instances: readonly Instance[]; grade: GradeAnswer },
): Promise<MeasuredSystem> {
  const extractAnswer = createAnswerExtractor(task);
  let [score, latencyMs, tokens] = [0, 0, 0];
  for (const seed of seeds) {
    const clock = new VirtualClock();
    const model = createSimulatedModel({ clock, seed, textbook, faults: { refused: 0, infrastructure: 0 } });
    const outcomes = await clock.run(() =>
      Promise.all(
        instances.map((instance) =>
          runMoa(
            config,
            { text: questionOf(task, instance), task: task.description },
            { model, extractAnswer, repeat: 0 },
          ),
        ),
      ),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const instance = instances[index];
      if (instance === undefined) continue;
      score += outcome.kind === 'answered' ? await grade(outcome.answer, instance) : 0;
      latencyMs += outcome.trace.latencyMs;
      tokens += outcome.trace.inputTokens + outcome.trace.outputTokens;
    }
  }
  const cells = seeds.length * instances.length;
  return { name, score: score / cells, seconds: latencyMs / cells / 1000, tokens: tokens / cells };
}

/** The shipped tasks that simulated models know from their textbook. */
export const knownTasks = [
  'contest-math',
  'support-intent',
  'ticket-extraction',
  'ticket-summary',
  'code-repair',
  'open-questions',
] as const;

/** A shipped task with all of its instances under `tuning`, in the order of their ids. */
export async function shippedTask(name: string): Promise<Task> {
  const loaded = await loadTask(fileURLToPath(new URL(`../../tasks/${name}/`, import.meta.url)), {
    tasksFolders: [],
  });
  const { tuning, holdout, ...task } = unwrap(loaded);
  const instances = [...tuning, ...holdout].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ...task, tuning: instances, holdout: [] };
}

/**
 * Scores answers as the task's grader does. Where it runs Python the parts of the program are read
 * instead: full marks when all faults are mended and it loads. The judge is sim/titan-400b.
 */
export function createScorer(task: Task, textbook: Textbook): GradeAnswer {
  if (task.grader.name === 'code-tests') {
    return async (answer, instance) => {
      const points = skillOf(textbook, questionOf(task, instance)).inspect(answer);
      return points?.every(({ right }) => right) ? 1 : 0;
    };
  }
  const clock = new VirtualClock();
  const model = createSimulatedModel({
    clock,
    seed: 'judge',
    textbook,
    faults: { refused: 0, infrastructure: 0 },
  });
  const spec = task.grader.name === 'judge' ? { ...task.grader, model: 'sim/titan-400b' } : task.grader;
  const grader = unwrap(createGrader(spec, { python: noPython, taskFolder: '.', model }));
  // A virtual clock runs one piece of work at a time.
  let before: Promise<unknown> = Promise.resolve();
  return (answer, instance) => {
    const question = questionOf(task, instance);
    const graded = before.then(() => clock.run(() => grader.grade({ question, answer, instance })));
    before = graded;
    return graded.then((grade) => {
      if (grade.kind === 'scored') return grade.value;
      throw new Error(`${instance.id}: ${grade.reason}`);
    });
  };
}

const noPython: PythonSandbox = {
  tier: 'none',
  run: async () => ({ kind: 'unavailable', reason: 'there is no Python in this test' }),
  close: async () => undefined,
};

/** What simulated models have learned of a question. */
export function skillOf(textbook: Textbook, question: string): QuestionSkill {
  const known = textbook.find(question);
  const skill = known === null ? null : learn(known);
  if (skill === null) throw new Error(`the textbook does not know: ${question.slice(0, 80)}`);
  return skill;
}
