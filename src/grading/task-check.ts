import { canonicalJson } from '../core/canonical-json.ts';
import { createRng } from '../core/rng.ts';
import type { Grade } from '../domain/grade.ts';
import { type Instance, questionOf, type Task } from '../domain/task.ts';
import type { ChatModel } from '../models/chat-model.ts';
import type { Grader } from './grader.ts';

export interface TaskCheckOptions {
  /** Instances looked at, evenly over the task; default 200. */
  readonly mostInstances?: number;
  /** Gradings of one answer for the grader's noise; default 5. */
  readonly noiseRepeats?: number;
  /** For judges. */
  readonly model?: ChatModel;
  readonly signal?: AbortSignal;
  /** Gradings under way at once; default 4. */
  readonly concurrency?: number;
}

/** Something that is not as it should be with an answer. */
export interface CheckFinding {
  readonly instance: string;
  readonly answer: string;
  /** What was graded: `gold`, `gold of <id>`, `empty`, … */
  readonly kind: string;
  readonly value: number | null;
  readonly note: string;
}

export interface TaskCheck {
  readonly passed: boolean;
  readonly instances: number;
  /** Instances with an answer that deserves full marks; `missing` have a gold that is no answer itself. */
  readonly gold: {
    readonly graded: number;
    readonly full: number;
    readonly missing: number;
    readonly mean: number | null;
  };
  readonly wrong: {
    readonly graded: number;
    readonly full: number;
    readonly unscored: number;
    readonly mean: number | null;
  };
  /** The constant answer with the highest score over all instances, as a search would find it. */
  readonly constant: { readonly answer: string; readonly score: number } | null;
  /** Of answers graded several times: how many got different values, and the largest difference. */
  readonly noise: {
    readonly answers: number;
    readonly repeats: number;
    readonly differing: number;
    readonly largest: number;
  };
  /** Golds without full marks, wrong answers with them, noise of a grader that should have none. */
  readonly findings: readonly CheckFinding[];
  readonly warnings: readonly string[];
}

/** A constant answer with this share of the gold answers' score makes the task worthless. */
const uselessShare = 0.9;
const suspiciousShare = 0.5;
const noiseAnswers = 10;
const mostGoldConstants = 3;

/** What is graded: an instance with the split's own grader options. */
interface Item {
  readonly instance: Instance;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Grades a task's gold answers, which must get full marks, and wrong ones (other instances' golds, nothing,
 * "I don't know", constants), which must not; measures the grader's noise and the best constant answer.
 */
export async function checkTask(
  task: Task,
  grader: Grader,
  options: TaskCheckOptions = {},
): Promise<TaskCheck> {
  const items = itemsOf(task, options.mostInstances ?? 200);
  const bench = new Bench(task, grader, options);
  const golds = await bench.all(
    items.flatMap((item) => {
      const answer = goldAnswer(task, item.instance);
      return answer === undefined ? [] : [{ item, answer, kind: 'gold' }];
    }),
  );
  const goldMean = meanOf(golds);
  const wrong = await bench.all(items.flatMap((item, index) => wrongAnswers(task, items, item, index)));
  const constant = await bestConstant(task, items, bench);
  const noisy = await bench.noise([...golds, ...wrong], options.noiseRepeats ?? 5);
  const full = (graded: Graded): boolean => graded.value !== null && graded.value >= bench.fullMarks - 1e-9;
  const findings = [
    ...golds.filter((graded) => !full(graded)).map(findingOf),
    ...wrong.filter(full).map(findingOf),
    ...(grader.callsModels === true ? [] : noisy.findings),
  ];
  const share = constant === null ? 0 : constant.score / Math.max(goldMean ?? bench.fullMarks, 1e-9);
  return {
    passed: findings.length === 0 && share < uselessShare,
    instances: items.length,
    gold: {
      graded: golds.length,
      full: golds.filter(full).length,
      missing: items.length - golds.length,
      mean: goldMean,
    },
    wrong: {
      graded: wrong.length,
      full: wrong.filter(full).length,
      unscored: wrong.filter(({ value }) => value === null).length,
      mean: meanOf(wrong),
    },
    constant,
    noise: noisy.noise,
    findings,
    warnings: warningsOf(task, items.length, golds.length, share),
  };
}

function warningsOf(task: Task, instances: number, golds: number, share: number): string[] {
  const perSide = Math.min(task.tuning.length, task.holdout.length);
  return [
    ...(golds < instances
      ? [
          `${instances - golds} instances have no answer that deserves full marks, so that part was not checked`,
        ]
      : []),
    ...(share >= suspiciousShare
      ? [`a constant answer gets ${(100 * share).toFixed(0)}% of what the gold answers get`]
      : []),
    ...(instances > 1 && perSide < 20
      ? [`only ${task.tuning.length} tuning and ${task.holdout.length} holdout instances`]
      : []),
  ];
}

interface Wanted {
  readonly item: Item;
  readonly answer: string;
  readonly kind: string;
}
interface Graded extends Wanted {
  readonly grade: Grade;
  readonly value: number | null;
}

/** Grades answers, a few at a time. */
class Bench {
  /** A judge that compares an answer with itself can only call it a draw. */
  readonly fullMarks: number;
  readonly #task: Task;
  readonly #grader: Grader;
  readonly #options: TaskCheckOptions;

  constructor(task: Task, grader: Grader, options: TaskCheckOptions) {
    this.fullMarks = grader.callsModels === true ? 0.5 : 1;
    this.#task = task;
    this.#grader = grader;
    this.#options = options;
  }

  async all(wanted: readonly Wanted[], repeat = 0): Promise<Graded[]> {
    const graded: Graded[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < wanted.length; at = next++)
        graded[at] = await this.#one(wanted[at] as Wanted, repeat);
    };
    const workers = Math.min(this.#options.concurrency ?? 4, wanted.length);
    await Promise.all(Array.from({ length: workers }, worker));
    return graded;
  }

  /** The task-level score of one answer to every item. */
  async score(items: readonly Item[], answer: string): Promise<number | null> {
    const graded = await this.all(items.map((item) => ({ item, answer, kind: 'constant' })));
    const pairs = graded.map(({ item, grade }) => ({ instance: item.instance, answer, grade }));
    return this.#grader.aggregate === undefined ? meanOf(graded) : this.#grader.aggregate(pairs);
  }

  async noise(
    graded: readonly Graded[],
    repeats: number,
  ): Promise<{ readonly noise: TaskCheck['noise']; readonly findings: readonly CheckFinding[] }> {
    const chosen = createRng('task-check/noise').shuffle(graded).slice(0, noiseAnswers);
    const rounds: Graded[][] = [chosen];
    for (let repeat = 1; repeat < repeats; repeat++) rounds.push(await this.all(chosen, repeat));
    const spreads = chosen.map((_, index) => {
      const values = rounds.flatMap((round) => round[index]?.value ?? []);
      return values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);
    });
    const findings = chosen.flatMap((one, index) => {
      const spread = spreads[index] ?? 0;
      return spread === 0 ? [] : [{ ...findingOf(one), note: `values differ by ${spread} between gradings` }];
    });
    return {
      noise: {
        answers: chosen.length,
        repeats,
        differing: spreads.filter((spread) => spread > 0).length,
        largest: Math.max(0, ...spreads),
      },
      findings,
    };
  }

  async #one(wanted: Wanted, repeat: number): Promise<Graded> {
    const { model, signal } = this.#options;
    const { instance, overrides } = wanted.item;
    const grade = await this.#grader.grade({
      answer: wanted.answer,
      instance,
      question: questionOf(this.#task, instance),
      repeat,
      ...(overrides === undefined ? {} : { overrides }),
      ...(model === undefined ? {} : { model }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { ...wanted, grade, value: grade.kind === 'scored' ? grade.value : null };
  }
}

function itemsOf(task: Task, most: number): Item[] {
  const items = [
    ...task.tuning.map((instance) => ({ instance, overrides: undefined })),
    ...task.holdout.map((instance) => ({ instance, overrides: task.holdoutGrader })),
  ];
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] as Item);
}

/** An answer that deserves full marks; `undefined` where the gold is none (tests, a schema). */
export function goldAnswer(task: Pick<Task, 'grader'>, { gold, reference }: Instance): string | undefined {
  if (reference !== undefined) return reference;
  if (
    gold === undefined ||
    ['code-tests', 'json-schema', 'regex', 'user-metrics-120'].includes(task.grader.name)
  ) {
    return undefined;
  }
  if (typeof gold === 'string' || typeof gold === 'number' || typeof gold === 'boolean') return String(gold);
  const texts = Array.isArray(gold) && gold.every((part) => typeof part === 'string') ? gold : undefined;
  if (texts === undefined) return JSON.stringify(gold);
  return task.grader.name === 'contains' && task.grader.mode !== 'any' ? texts.join('\n') : texts[0];
}

function wrongAnswers(task: Task, items: readonly Item[], item: Item, index: number): Wanted[] {
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

/** Constant answers by the form that the task's answers have, and the most frequent golds. */
async function bestConstant(
  task: Task,
  items: readonly Item[],
  bench: Bench,
): Promise<TaskCheck['constant']> {
  const counts = new Map<string, number>();
  for (const { instance } of items) {
    const answer = task.grader.name === 'code-tests' ? undefined : goldAnswer(task, instance);
    if (answer !== undefined) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  // One instance has one right answer, which no other instance tells from a constant.
  const usual = items.length < 2 ? [] : [...counts].sort((a, b) => b[1] - a[1]).slice(0, mostGoldConstants);
  const fixed = {
    number: ['0', '1'],
    choice: ['A', 'C'],
    label: [],
    json: ['{}', '[]'],
    code: constantPrograms(items),
    text: ['yes'],
  };
  const answers = [...new Set([...usual.map(([answer]) => answer), ...fixed[task.answer]])];
  let best: TaskCheck['constant'] = null;
  for (const answer of answers) {
    const score = await bench.score(items, answer);
    if (score !== null && (best === null || score > best.score)) best = { answer, score };
  }
  return best;
}

/** Programs that answer every call alike. */
function constantPrograms(items: readonly Item[]): string[] {
  const names = new Set<string>();
  for (const { instance } of items) {
    const gold = instance.gold as
      | { readonly entry_point?: unknown; readonly entryPoint?: unknown }
      | undefined;
    const name = gold?.entry_point ?? gold?.entryPoint;
    if (typeof name === 'string') names.add(name);
  }
  if (names.size === 0 || names.size > 100) return [];
  return ['None', '0', '[]'].map((value) =>
    [...names].map((name) => `def ${name}(*args, **kwargs):\n    return ${value}\n`).join('\n'),
  );
}

function meanOf(graded: readonly Graded[]): number | null {
  const values = graded.flatMap(({ value }) => value ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function findingOf({ item, answer, kind, grade, value }: Graded): CheckFinding {
  const note = grade.kind === 'unscored' ? `unscored: ${grade.reason}` : (grade.feedback ?? '');
  return { instance: item.instance.id, answer: answer.slice(0, 200), kind, value, note: note.slice(0, 300) };
}
