import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { repairs, repairVariants } from '../../scripts/tasks/code-repair/index.ts';
import { contestMath, templates } from '../../scripts/tasks/contest-math/index.ts';
import { generatedTasks } from '../../scripts/tasks/generated-tasks.ts';
import { instancesText } from '../../scripts/tasks/shipped-task.ts';
import { intents } from '../../scripts/tasks/support-intent/index.ts';
import { unwrap } from '../../src/core/result.ts';
import type { Instance } from '../../src/domain/task.ts';
import { createGrader, graderNeedsGold } from '../../src/grading/create-grader.ts';
import { checkTask } from '../../src/grading/task-check/index.ts';
import { type LoadedTask, loadTask } from '../../src/tasks/load-task.ts';
import { python } from '../support/python.ts';
import { thorough } from '../support/thorough.ts';

const folder = join(import.meta.dirname, '../../tasks');
const load = async (name: string): Promise<LoadedTask> =>
  unwrap(await loadTask(name, { tasksFolders: [folder], needsGold: graderNeedsGold }));
const allOf = (task: LoadedTask): readonly Instance[] => [...task.tuning, ...task.holdout];

describe.each(generatedTasks.map((task) => [task.name, task] as const))('%s', (name, generated) => {
  it.skipIf(!thorough)('is what its generator makes', async () => {
    const text = await readFile(join(folder, name, 'instances.jsonl'), 'utf8');
    // On a difference: npx tsx scripts/tasks/generate.ts
    expect(instancesText(generated.generate()) === text).toBe(true);
    expect(text.length).toBeLessThan(300_000);
  });

  it('has enough instances on both sides, all of them different', async () => {
    const task = await load(name);
    expect(task.tuning.length).toBeGreaterThanOrEqual(60);
    expect(task.holdout.length).toBeGreaterThanOrEqual(60);
    const inputs = allOf(task).map(({ input }) => input.replaceAll(/\s+/g, ' '));
    expect(new Set(inputs).size).toBe(inputs.length);
    const labels = (side: readonly Instance[]) => new Set(side.map(({ label }) => label));
    expect(labels(task.tuning)).toEqual(labels(task.holdout));
  });
});

test.each([
  'contest-math',
  'support-intent',
  'ticket-extraction',
  'ticket-summary',
  ...(thorough ? ['code-challenge', 'code-repair'] : []),
])(
  '%s passes its check',
  async (name) => {
    const task = await load(name);
    const grader = unwrap(createGrader(task.grader, { python, taskFolder: task.folder }));
    const check = await checkTask(task, grader, {
      mostInstances: thorough && name !== 'code-repair' ? 200 : 20,
    });
    expect(check.findings).toEqual([]);
    expect(check).toMatchObject({
      passed: true,
      warnings: [],
      gold: { missing: 0 },
      noise: { differing: 0 },
    });
    expect(check.constant?.score).toBeLessThan(0.35);
  },
  60_000,
);

describe('contest-math', () => {
  it.skipIf(!thorough)('has at least 25 templates, and no answer that recurs often', () => {
    expect(templates.length).toBeGreaterThanOrEqual(25);
    const instances = contestMath.generate();
    const counts = new Map<unknown, number>();
    for (const { gold } of instances) counts.set(gold, (counts.get(gold) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(instances.length / 40);
  });

  it.each(templates.map((template) => [template.name, template] as const))(
    '%s: answers agree with the second way on other numbers',
    async (name, template) => {
      const { createRng } = await import('../../src/core/rng.ts');
      const problems = Array.from({ length: thorough ? 12 : 4 }, (_, draw) =>
        template.make(createRng(`test/${name}/${draw}`)),
      );
      for (const problem of problems) {
        if (problem === undefined) continue;
        expect({ question: problem.question, answer: problem.check() }).toEqual({
          question: problem.question,
          answer: problem.answer,
        });
      }
    },
  );
});

it('support-intent: prompt and grader list exactly the intents', async () => {
  const task = await load('support-intent');
  expect(task.grader.labels).toEqual(intents);
  expect(task.prompt).toContain(`Labels: ${intents.join(', ')}\n`);
});

it('ticket-extraction: every wanted value stands in its ticket', async () => {
  const task = await load('ticket-extraction');
  for (const { id, input, gold } of allOf(task)) {
    for (const [slot, value] of Object.entries(gold as Record<string, string>)) {
      const year = slot === 'date' ? value.slice(0, 4) : value;
      expect(input, `${id} ${slot}`).toContain(year);
    }
  }
});

it('ticket-summary: numbers and names of a summary stand in its conversation', async () => {
  const task = await load('ticket-summary');
  for (const { id, input, gold } of allOf(task)) {
    for (const fact of String(gold).match(/#?\b\d{2,}\b|\b(?!It|The|Its|A|An|GHz|MX)[A-Z][a-z]+ reports/g) ??
      []) {
      expect(input, id).toContain(fact.replace(' reports', ''));
    }
  }
});

describe('code-repair', () => {
  const grader = unwrap(
    createGrader({ name: 'code-tests', scoring: 'share' }, { python, taskFolder: folder }),
  );
  const shareOf = async (instance: Instance, answer: string): Promise<number> => {
    const grade = await grader.grade({ answer, instance, question: instance.input });
    if (grade.kind === 'unscored') throw new Error(grade.reason);
    return grade.value;
  };

  it('has ten functions with at least 12 variants each', () => {
    const variants = repairVariants();
    expect(repairs).toHaveLength(10);
    for (const { name } of repairs) {
      expect(variants.filter(({ instance }) => instance.label === name).length).toBeGreaterThanOrEqual(12);
    }
  });

  it.skipIf(!thorough)('every buggy version fails a test, and every right one passes all', async () => {
    const shares = await Promise.all(
      repairVariants().map(async ({ instance, buggy }) => ({
        id: instance.id,
        right: await shareOf(instance, instance.reference ?? ''),
        broken: (await shareOf(instance, buggy)) < 1,
      })),
    );
    expect(shares.filter(({ right, broken }) => right !== 1 || !broken)).toEqual([]);
  });

  it.skipIf(!thorough)(
    'every single bug of every function is found by some test',
    async () => {
      const variants = repairVariants();
      const missed: string[] = [];
      for (const repair of repairs) {
        const instance = variants.find((variant) => variant.instance.label === repair.name)?.instance;
        const source = instance?.reference ?? '';
        const words = repair.domains[0] ?? { function: '' };
        const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '');
        for (const { right, wrong } of repair.bugs) {
          expect(source.split(fill(right))).toHaveLength(2);
          const broken = source.replace(fill(right), () => fill(wrong));
          if (instance !== undefined && (await shareOf(instance, broken)) === 1)
            missed.push(`${repair.name}: ${wrong}`);
        }
      }
      expect(missed).toEqual([]);
    },
    90_000,
  );
});
