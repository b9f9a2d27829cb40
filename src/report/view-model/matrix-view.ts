import type { RunRecord } from '../../analysis/run-record.ts';
import { cellOfKey } from '../../domain/cell.ts';
import type { Task } from '../../domain/task.ts';
import { rounded } from './columns.ts';
import { type MatrixView, viewSchema } from './schema.ts';

const firstWords = 160;

/** Columns while rows are still added. */
type Growing<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends readonly (infer Value)[] ? Value[] : never;
};

/** @param task as the run saw it, where it is still there. */
export function matrixView(record: RunRecord, task: Task | undefined): MatrixView {
  const questions = new QuestionRows(task);
  const columns: Growing<Omit<MatrixView, 'schema' | 'questions'>> = {
    ...{ offsets: [0], question: [], repeat: [], degraded: [] },
    ...{ score: [], latency: [], tokens: [], usd: [] },
  };
  for (const trial of record.state.trials) {
    for (const [key, result] of trial.results) {
      const { degraded } = result;
      const measurement = trial.measured(result);
      const cell = cellOfKey(key);
      columns.question.push(questions.rowOf(cell.split, cell.instance));
      columns.repeat.push(cell.repeat);
      columns.score.push(rounded(measurement.score));
      columns.latency.push(rounded(measurement.latency));
      columns.tokens.push(measurement.tokens);
      columns.usd.push(rounded(measurement.usd));
      columns.degraded.push(degraded.length);
    }
    columns.offsets.push(columns.question.length);
  }
  return { schema: viewSchema, questions: questions.columns, ...columns };
}

/** Questions in the order in which they are first met. */
class QuestionRows {
  readonly columns: Growing<MatrixView['questions']> = { id: [], split: [], text: [], label: [] };
  readonly #rows = new Map<string, number>();
  readonly #task: Task | undefined;

  constructor(task: Task | undefined) {
    this.#task = task;
  }

  rowOf(split: 'tuning' | 'holdout', id: string): number {
    const key = `${split}/${id}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.columns.id.length;
    this.#rows.set(key, row);
    const instance = this.#task?.[split].find((each) => each.id === id);
    this.columns.id.push(id);
    this.columns.split.push(split);
    // Without the task's prompt, with which all of them begin.
    this.columns.text.push((instance?.input ?? '').slice(0, firstWords));
    this.columns.label.push(instance?.label ?? null);
    return row;
  }
}
