import { formatObjective } from '../../report/format.ts';
import type { MatrixView, RunView } from '../../report/view-model/schema.ts';
import { rowsOfTrial } from '../parts/matrix-cells.ts';
import { type ChartLook, colorAt, tipsIn, tooltipText } from './look.ts';

/** Configs by score and questions by difficulty, each with the cells that lie there. */
export interface MatrixRows {
  /** Best score first. */
  readonly trials: readonly number[];
  /** Easiest first; without repeats where there are many questions. */
  readonly columns: readonly MatrixColumn[];
  /** Mean score and cells by row and column; `null`: not asked. */
  readonly values: readonly (readonly (MatrixValue | null)[])[];
}

export interface MatrixColumn {
  /** Row of the matrix view's questions. */
  readonly question: number;
  /** `null`: all repeats together. */
  readonly repeat: number | null;
  /** Mean score over the configs shown; `null`: unscored by all. */
  readonly mean: number | null;
  /** Configs that got it wholly right, and that were asked it. */
  readonly solved: number;
  readonly asked: number;
}

interface MatrixValue {
  readonly score: number | null;
  /** Row of the first cell. */
  readonly cell: number;
}

const fewQuestions = 3;

/** @param trials the configs to show */
export function matrixRows(
  view: RunView,
  matrix: MatrixView,
  split: 'tuning' | 'holdout',
  trials: readonly number[],
): MatrixRows {
  const questions = matrix.questions.id.flatMap((_, at) =>
    matrix.questions.split[at] === split ? [at] : [],
  );
  const withRepeats = questions.length <= fewQuestions;
  const columnKeys = new Map<string, { question: number; repeat: number | null }>();
  const byTrial = new Map<number, Map<string, { sum: number; scored: number; cell: number }>>();
  for (const trial of trials) {
    const values = new Map<string, { sum: number; scored: number; cell: number }>();
    for (const cell of rowsOfTrial(matrix, trial)) {
      const question = matrix.question[cell] ?? 0;
      if (matrix.questions.split[question] !== split) continue;
      const repeat = withRepeats ? (matrix.repeat[cell] ?? 0) : null;
      const key = `${question} ${repeat ?? ''}`;
      columnKeys.set(key, { question, repeat });
      const known = values.get(key) ?? { sum: 0, scored: 0, cell };
      const score = matrix.score[cell] ?? null;
      if (score !== null) {
        known.sum += score;
        known.scored++;
      }
      values.set(key, known);
    }
    byTrial.set(trial, values);
  }
  const { mean } = view.trials[split].score;
  const rows = trials
    .filter((trial) => (byTrial.get(trial)?.size ?? 0) > 0)
    .sort((a, b) => (mean[b] ?? -1) - (mean[a] ?? -1));
  const columns = [...columnKeys].map(([key, { question, repeat }]) => {
    const all = rows.flatMap((trial) => byTrial.get(trial)?.get(key) ?? []);
    const scored = all.filter((value) => value.scored > 0);
    const sum = scored.reduce((total, value) => total + value.sum / value.scored, 0);
    return {
      key,
      question,
      repeat,
      mean: scored.length === 0 ? null : sum / scored.length,
      solved: scored.filter((value) => value.sum >= value.scored).length,
      asked: all.length,
    };
  });
  const byDifficulty = withRepeats
    ? columns.sort((a, b) => a.question - b.question || (a.repeat ?? 0) - (b.repeat ?? 0))
    : columns.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1) || a.question - b.question);
  return {
    trials: rows,
    columns: byDifficulty.map(({ key: _, ...column }) => column),
    values: rows.map((trial) =>
      byDifficulty.map(({ key }) => {
        const value = byTrial.get(trial)?.get(key);
        if (value === undefined) return null;
        return { score: value.scored === 0 ? null : value.sum / value.scored, cell: value.cell };
      }),
    ),
  };
}

export function columnName(matrix: MatrixView, { question, repeat }: MatrixColumn): string {
  const id = matrix.questions.id[question] ?? '';
  return repeat === null ? id : `${id} #${repeat + 1}`;
}

export function matrixChart(view: RunView, matrix: MatrixView, rows: MatrixRows, look: ChartLook) {
  const unscored = 'rgba(128, 128, 128, 0.25)';
  return {
    animation: false,
    grid: { left: 8, right: 8, top: 8, bottom: 26, containLabel: true },
    tooltip: tipsIn(look),
    xAxis: {
      type: 'category' as const,
      data: rows.columns.map((column) => columnName(matrix, column)),
      axisLabel: { show: false },
      axisTick: { show: false },
      axisLine: { show: false },
      name: rows.columns[0]?.repeat === null ? 'questions, easiest first' : 'answers, repeat by repeat',
      nameLocation: 'middle' as const,
      nameGap: 10,
      nameTextStyle: { color: look.muted },
    },
    yAxis: {
      type: 'category' as const,
      inverse: true,
      data: rows.trials.map((trial) => view.trials.id[trial] ?? ''),
      axisLabel: { color: look.muted, fontFamily: 'monospace', fontSize: 11 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    series: [
      {
        id: 'cells',
        type: 'heatmap' as const,
        cursor: 'pointer',
        data: rows.values.flatMap((values, row) =>
          values.flatMap((value, column) =>
            value === null
              ? []
              : [
                  {
                    value: [column, row, value.score ?? -1],
                    cell: value.cell,
                    trial: rows.trials[row],
                    tip: `${view.trials.id[rows.trials[row] ?? 0]}\n${tooltipText(columnName(matrix, rows.columns[column] as MatrixColumn))}\n${value.score === null ? 'unscored' : `score ${formatObjective('score', value.score)}`}`,
                    itemStyle: {
                      color: value.score === null ? unscored : colorAt(look.scoreScale, value.score),
                      borderColor: look.surface,
                      borderWidth: rows.columns.length > 120 ? 0 : 1,
                    },
                  },
                ],
          ),
        ),
      },
    ],
  };
}
