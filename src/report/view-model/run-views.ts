import { answerRun } from '../../analysis/answer/index.ts';
import { type CellPlayer, createCellPlayer, type PlayedCell } from '../../analysis/cell-player.ts';
import type { RunRecord } from '../../analysis/run-record.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import { instanceOfCell, questionOf, type Task } from '../../domain/task.ts';
import { writeMixtune } from '../../formats/mixtune.ts';
import type { Journal } from '../../run/journal/journal.ts';
import { agentShares, cellView } from './cell-view.ts';
import { matrixView } from './matrix-view.ts';
import { type RunViewParts, runView, type Seen } from './run-view.ts';
import {
  type AgentsWorth,
  type CellView,
  type ConfigView,
  type MatrixView,
  type RunView,
  viewSchema,
  type WhyView,
} from './schema.ts';

export interface RunViewsParts extends Omit<RunViewParts, 'working'> {
  readonly record: RunRecord;
  /** Only read; has to stay open as long as views are asked for. */
  readonly journal: Pick<Journal, 'answer' | 'events'>;
  /** The task as the run saw it; absent: it is not there any more, or has changed. */
  readonly task: Task | undefined;
  readonly extractAnswer: (text: string) => string | null;
  /**
   * What the agents of its best config were measured to add, as it is kept now; `unreadable`: it cannot be read.
   * @defaultValue nothing
   */
  readonly worth?: () => AgentsWorth | 'unreadable' | null;
}

/** Everything that can be shown of a run; `undefined`: it has no such trial or cell. */
export interface RunViews {
  /** @param working whether a process is working on the run */
  run(working: boolean, since?: Seen): RunView;
  matrix(): MatrixView;
  /** What the run was worth, and whether more would pay. Takes seconds for large runs. */
  why(): WhyView;
  /** Plays all of its cells again, for what each agent took. */
  config(trial: number): Promise<ConfigView | undefined>;
  cell(trial: number, cell: Cell): Promise<CellView | undefined>;
}

export function createRunViews(parts: RunViewsParts): RunViews {
  const { record, manifest, journal, task, extractAnswer } = parts;
  let player: CellPlayer | undefined;
  const play: CellPlayer = async (...cell) => {
    if (task === undefined) return taskGone;
    player ??= createCellPlayer({ journal, manifest, task, extractAnswer });
    return player(...cell);
  };
  return {
    run: (working, since) => runView({ ...parts, working }, since),
    matrix: () => matrixView(record, task),
    why: () => {
      const kept = parts.worth?.() ?? null;
      return {
        schema: viewSchema,
        ...answerRun(journal.events(), { settings: manifest.settings }),
        worth: kept === 'unreadable' ? null : kept,
        isWorthUnreadable: kept === 'unreadable',
      };
    },
    config: async (number) => {
      const trial = record.state.trials[number];
      if (trial === undefined) return undefined;
      const { id, config } = trial;
      const cells: PlayedCell[] = [];
      for (const [key, result] of trial.results) cells.push(await play(config, key, result));
      return {
        schema: viewSchema,
        trial: number,
        id,
        config,
        yaml: writeMixtune(config, manifest.simulated ? { comment: 'Tuned on simulated models.' } : {}),
        shares: agentShares(cells),
      };
    },
    cell: async (number, cell) => {
      const trial = record.state.trials[number];
      const key = cellKey(cell);
      const result = trial?.results.get(key);
      if (trial === undefined || result === undefined) return undefined;
      const instance = task && instanceOfCell(task, cell);
      return cellView({
        trial: number,
        cell,
        result,
        question: task === undefined || instance === undefined ? null : questionOf(task, instance),
        played: await play(trial.config, key, result),
        hadBefore: (of, call) => record.hadBefore(number, of, call),
      });
    },
  };
}

const taskGone: PlayedCell = {
  kind: 'unknown',
  because: 'the task that the run was made with is not to be found here, and the calls follow from it',
};
