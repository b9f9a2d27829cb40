import PQueue from 'p-queue';
import { defined } from '../../core/defined.ts';
import { createRng } from '../../core/rng.ts';
import { mean } from '../../core/statistics.ts';
import type { Grade } from '../../domain/grade.ts';
import { type Instance, questionOf, type Task } from '../../domain/task.ts';
import type { ChatModel } from '../../models/chat-model.ts';
import type { Grader } from '../grader.ts';

export interface TaskCheckOptions {
  /** Instances looked at, evenly over the task; default 200. */
  readonly mostInstances?: number;
  /** For judges. */
  readonly model?: ChatModel;
  readonly signal?: AbortSignal;
  /** Told of each grading of those that the check takes. */
  readonly onGraded?: (graded: number, of: number) => void;
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

/** What is graded: an instance with the split's own grader options. */
export interface Item {
  readonly instance: Instance;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
}

/** An answer to be graded. */
export interface AnswerToGrade {
  readonly item: Item;
  readonly answer: string;
  readonly kind: string;
}
export interface Graded extends AnswerToGrade {
  readonly grade: Grade;
  readonly value: number | null;
}

/** One answer to every instance. */
export interface ConstantAnswer {
  readonly answer: string;
  /** Its mean grade, which is what a config that always gave it would score in a run. */
  readonly score: number;
  /** What the grader's {@link Grader.aggregate} makes of it. */
  readonly aggregate?: { readonly name: string; readonly value: number };
}

const gradedAtOnce = 4;
/** So many answers are graded so many times for the grader's noise. */
const noiseAnswers = 10;
const noiseRepeats = 5;

/** Gradings that the noise of so many answers' grades takes. */
export function noiseGradings(answers: number): number {
  return Math.min(answers, noiseAnswers) * (noiseRepeats - 1);
}

/** Grades answers, a few at a time. */
export class Bench {
  /** A judge that compares an answer with itself can only call it a draw. */
  readonly fullMarks: number;
  readonly #task: Task;
  readonly #grader: Grader;
  readonly #options: TaskCheckOptions;
  #graded = 0;
  /** Gradings that the whole check takes. */
  planned = 0;

  constructor(task: Task, grader: Grader, options: TaskCheckOptions) {
    this.fullMarks = grader.callsModels === true ? 0.5 : 1;
    this.#task = task;
    this.#grader = grader;
    this.#options = options;
  }

  async all(wanted: readonly AnswerToGrade[], repeat = 0): Promise<Graded[]> {
    const queue = new PQueue({ concurrency: gradedAtOnce });
    return queue.addAll(wanted.map((one) => () => this.#one(one, repeat)));
  }

  /** What one answer to every item gets; `null` where none of them is scored. */
  async constant(items: readonly Item[], answer: string): Promise<ConstantAnswer | null> {
    const graded = await this.all(items.map((item) => ({ item, answer, kind: 'constant' })));
    const score = meanOf(graded);
    if (score === null) return null;
    const { aggregate } = this.#grader;
    if (aggregate === undefined) return { answer, score };
    const value = aggregate.of(graded.map(({ item, grade }) => ({ instance: item.instance, answer, grade })));
    return { answer, score, ...(value === null ? {} : { aggregate: { name: aggregate.name, value } }) };
  }

  async noise(
    graded: readonly Graded[],
  ): Promise<{ readonly noise: GraderNoise; readonly findings: readonly CheckFinding[] }> {
    const chosen = createRng('task-check/noise').shuffle(graded).slice(0, noiseAnswers);
    const rounds: Graded[][] = [chosen];
    for (let repeat = 1; repeat < noiseRepeats; repeat++) rounds.push(await this.all(chosen, repeat));
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
        repeats: noiseRepeats,
        differing: spreads.filter((spread) => spread > 0).length,
        largest: Math.max(0, ...spreads),
      },
      findings,
    };
  }

  async #one(wanted: AnswerToGrade, repeat: number): Promise<Graded> {
    const { model, signal } = this.#options;
    const { instance, overrides } = wanted.item;
    const grade = await this.#grader.grade({
      answer: wanted.answer,
      instance,
      question: questionOf(this.#task, instance),
      repeat,
      ...defined({ overrides, model, signal }),
    });
    this.#options.onGraded?.(++this.#graded, this.planned);
    return { ...wanted, grade, value: grade.kind === 'scored' ? grade.value : null };
  }
}

/** Of answers graded several times: how many got different values, and the largest difference. */
export interface GraderNoise {
  readonly answers: number;
  readonly repeats: number;
  readonly differing: number;
  readonly largest: number;
}

export function meanOf(graded: readonly Graded[]): number | null {
  return mean(graded.flatMap(({ value }) => value ?? []));
}

export function findingOf({ item, answer, kind, grade, value }: Graded): CheckFinding {
  const note = grade.kind === 'unscored' ? `unscored: ${grade.reason}` : (grade.feedback ?? '');
  return { instance: item.instance.id, answer: answer.slice(0, 200), kind, value, note: note.slice(0, 300) };
}
