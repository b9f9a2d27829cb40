import { canonicalJson } from '../../core/canonical-json.ts';
import { isRecord } from '../../core/records.ts';
import { createRng } from '../../core/rng.ts';
import type { Instance, Task } from '../../domain/task.ts';
import { plainAnswer } from '../gold-form.ts';
import { graderKind } from '../registry.ts';
import type { AnswerToGrade, Item } from './bench.ts';

const mostGoldConstants = 3;
/** Functions that one constant program defines. */
const mostNames = 300;

/** An answer that deserves full marks; `undefined` where there is none (tests, a schema). */
export function goldAnswer(task: Pick<Task, 'grader'>, instance: Instance): string | undefined {
  return instance.reference ?? answerOfGold(task, instance);
}

/** The gold as an answer; `undefined` where it is none itself. */
function answerOfGold({ grader }: Pick<Task, 'grader'>, { gold }: Instance): string | undefined {
  const asAnswer = graderKind(grader.name)?.gold?.asAnswer ?? plainAnswer;
  return gold === undefined || asAnswer === 'none' ? undefined : asAnswer(gold, grader);
}

/** Answers that must not get full marks: others' golds, nothing, and a refusal. */
export function wrongAnswers(task: Task, items: readonly Item[], item: Item, index: number): AnswerToGrade[] {
  const own = goldAnswer(task, item.instance);
  const ownGold = canonicalJson(item.instance.gold ?? null);
  const rng = createRng(`task-check/${item.instance.id}`);
  // Equal golds are no wrong answers.
  const others = rng
    .shuffle(items.filter((_, at) => at !== index))
    .map(({ instance }) => ({
      id: instance.id,
      answer: goldAnswer(task, instance),
      gold: canonicalJson(instance.gold ?? null),
    }))
    .filter(({ answer, gold }) => answer !== undefined && answer !== own && gold !== ownGold)
    .slice(0, 2)
    .map(({ id, answer }) => ({ item, answer: answer ?? '', kind: `gold of ${id}` }));
  return [
    ...others,
    { item, answer: '', kind: 'empty' },
    { item, answer: "I don't know.", kind: "I don't know" },
  ];
}

/** Constant answers worth trying: the most frequent golds, and empty ones in the task's own form. */
export function constantAnswers(task: Task, items: readonly Item[]): string[] {
  const counts = new Map<string, number>();
  for (const { instance } of items) {
    // A reference (a worked solution) is its own question's alone.
    const answer = answerOfGold(task, instance) ?? referenceOf(task, instance);
    if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  // One instance has one right answer, which no other instance tells from a constant.
  const isSingle = new Set(items.map(({ instance }) => instance.id)).size < 2;
  const usual = isSingle ? [] : [...counts].sort((a, b) => b[1] - a[1]).slice(0, mostGoldConstants);
  const inForm = {
    number: ['0', '1'],
    choice: ['A', 'C'],
    label: [],
    json: ['{}', '[]'],
    code: constantPrograms(items),
    text: ['yes'],
  };
  return [...new Set([...usual.map(([answer]) => answer), ...inForm[task.answer]])];
}

function referenceOf(task: Task, { reference }: Instance): string | undefined {
  return task.grader.name === 'code-tests' ? undefined : reference;
}

/** Programs that answer every call alike. */
function constantPrograms(items: readonly Item[]): string[] {
  const names = new Set<string>();
  for (const { instance } of items) {
    const gold = isRecord(instance.gold) ? instance.gold : {};
    const name = gold.entry_point ?? gold.entryPoint ?? /^def (\w+)\(/m.exec(instance.reference ?? '')?.[1];
    if (typeof name === 'string') names.add(name);
  }
  if (names.size === 0 || names.size > mostNames) return [];
  return ['None', '0', '[]'].map((value) =>
    [...names].map((name) => `def ${name}(*args, **kwargs):\n    return ${value}\n`).join('\n'),
  );
}
