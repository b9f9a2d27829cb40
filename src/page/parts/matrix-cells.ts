import type { Cell, MatrixView } from '../../report/view-model/schema.ts';

/** The rows of a matrix that hold a trial's cells. */
export function rowsOfTrial({ offsets }: MatrixView, trial: number): number[] {
  const [from, to] = [offsets[trial] ?? 0, offsets[trial + 1] ?? 0];
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Which cell a row of a matrix is. */
export function cellAt({ questions, question, repeat }: MatrixView, row: number): Cell {
  const of = question[row] ?? 0;
  return {
    split: questions.split[of] ?? 'tuning',
    instance: questions.id[of] ?? '',
    repeat: repeat[row] ?? 0,
  };
}

/** Where the trace of a trial's cell stands, behind `trace` in the address. */
export function tracePlace(trial: number, { split, repeat, instance }: Cell) {
  return [trial, split, repeat, instance] as const;
}
