import type { Rng } from '../../core/rng.ts';
import { type Cell, cellOfKey } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import type { Task } from '../../domain/task.ts';
import type { Trial } from '../../search/trial.ts';
import { chooseFailing, type FailingCase, type TargetAgent } from '../../search/writing/index.ts';
import { createReplayModel } from '../calls/replay.ts';
import { askCell } from '../cells/cell-runner.ts';
import type { Journal } from '../journal/journal.ts';

export interface EvidenceParts {
  readonly task: Task;
  readonly journal: Pick<Journal, 'answer'>;
  readonly revision: (model: string) => string;
  readonly extractAnswer: (text: string) => string | null;
}

/** Cells shown to a prompt writer; of each prompt, where there are two. */
const mostCases = 3;
const mostOfTwo = 2;

/**
 * Tuning cells in which a trial did badly, with what the agent in question wrote there; empty where it did well.
 * What an agent wrote is not recorded with a cell: it comes out when the cell is played again from the run's
 * answers, which calls no model.
 *
 * @param among instances that they are to be of; absent: any
 */
export async function gatherEvidence(
  trial: Trial,
  target: TargetAgent,
  parts: EvidenceParts,
  rng: Rng,
  among?: ReadonlySet<string>,
): Promise<FailingCase[]> {
  const scored = [...trial.results].flatMap(([key, result]) => {
    const cell = cellOfKey(key);
    if (cell.split !== 'tuning' || result.grade.kind !== 'scored') return [];
    if (among?.has(cell.instance) === false) return [];
    const { value: score, feedback = '' } = result.grade;
    return [{ instance: cell.instance, score, hasFeedback: feedback !== '', feedback, cell, result }];
  });
  const cases: FailingCase[] = [];
  const most = among === undefined ? mostCases : mostOfTwo;
  for (const { cell, score, feedback, result } of chooseFailing(scored, most, rng)) {
    const written = await writtenBy(trial, target, cell, parts);
    if (written === undefined) continue;
    const { question, candidate } = written;
    cases.push({
      question,
      answer: answerOf(result),
      score,
      ...(candidate === undefined || candidate === result.answer ? {} : { candidate }),
      ...(feedback === '' ? {} : { feedback }),
    });
  }
  return cases;
}

const answerOf = ({ answer }: CellResult): string | null => answer;

/** What the agent wrote last in this cell: in its last round or iteration, of several samples the first. */
async function writtenBy(
  trial: Trial,
  { target, agent }: TargetAgent,
  cell: Cell,
  { task, journal, revision, extractAnswer }: EvidenceParts,
): Promise<{ readonly question: string; readonly candidate: string | undefined } | undefined> {
  let last: { readonly round: number; readonly text: string } | undefined;
  const asked = await askCell(trial.config, cell, {
    task,
    model: createReplayModel({ answer: (key) => journal.answer(key), revision }),
    extractAnswer,
    onEvent: (event) => {
      if (event.kind !== 'agent-finished' || event.text === '' || event.call.agent !== agent.name) return;
      if (event.call.stage.replace(/@\d+|\.router$/g, '') !== target.stage) return;
      const { round } = event.call;
      if (last === undefined || round > last.round) last = { round, text: event.text };
    },
  });
  return asked && { question: asked.question, candidate: last?.text };
}
