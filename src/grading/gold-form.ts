import { isScalar } from '../core/records.ts';
import type { GraderSpec, Instance, TaskFile } from '../domain/task.ts';

/** How a grader's gold answers look, and what a task with that grader starts from. */
export interface GoldForm {
  readonly answer: TaskFile['answer'];
  /** What a gold has to be, for error texts. */
  readonly expected: string;
  fits(gold: unknown): boolean;
  /** The place inside a gold that does not fit (`lines[0]`), what is expected there, and what else could be done. */
  misfit?(
    gold: unknown,
  ): { readonly path: string; readonly value: unknown; readonly expected: string } | undefined;
  /** A prompt for people who give none; `inputs` are the golds' questions. */
  prompt?(golds: readonly unknown[], inputs: readonly string[]): string;
  /** Options of the grader that hold answers to what that prompt asks for; they go with it, and with no other. */
  readonly prompted?: Omit<GraderSpec, 'name'>;
  /** What these golds say of the grader's options. */
  options?(golds: readonly unknown[]): Omit<GraderSpec, 'name'>;
  /** The gold of a row of a data set as instances hold it; absent: as it stands there. */
  toGold?(gold: unknown, row: ImportedRow): unknown;
  /** What a question has to say beside its text, for the gold of a row to be fair; absent: nothing. */
  hint?(gold: unknown, row: ImportedRow): string;
  /** What people should know of these golds before they believe the task; absent or `undefined`: nothing. */
  doubt?(instances: readonly Instance[]): string | undefined;
  /** Golds are classes: spellings that differ by case alone are one, and each is its instance's label. */
  readonly isClass?: true;
  /** True where the whole text is compared, so that a worked solution may be meant. */
  readonly isWholeText?: true;
  /** The gold as an answer that deserves full marks, or that it tells how to check one; absent: {@link plainAnswer}. */
  readonly asAnswer?: 'none' | ((gold: unknown, spec: GraderSpec) => string);
}

export interface ImportedRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** What stands in the field of the question. */
  readonly input: unknown;
}

export const isText = (gold: unknown): boolean => typeof gold === 'string' && gold.trim() !== '';

export const isTextOrList = (gold: unknown): boolean =>
  isText(gold) || (Array.isArray(gold) && gold.length > 0 && gold.every(isText));

/** A gold that is its own answer, or a list of accepted ones, of which the first; anything else as JSON. */
export function plainAnswer(gold: unknown): string {
  if (isScalar(gold)) return String(gold);
  if (Array.isArray(gold) && gold.length > 0 && gold.every(isScalar)) return String(gold[0]);
  return JSON.stringify(gold);
}

/** Digits that are a name and no amount: a leading zero, or more than a number keeps apart. */
export function isCode(gold: unknown): boolean {
  return typeof gold === 'string' && /^\s*(0\d+|\d{16,})\s*$/.test(gold);
}

/** Letters alone, large: `(b).` as `B`. */
export function lettersOf(gold: unknown): string {
  return String(gold)
    .replaceAll(/[^A-Za-z]/g, '')
    .toUpperCase();
}

/** Different golds as labels, sorted. */
export function labelsOf(golds: readonly unknown[]): string[] {
  return [...new Set(golds.map((gold) => String(gold).trim()))].sort();
}
