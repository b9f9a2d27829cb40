import type { Cell } from '../../domain/cell.ts';
import { type ConfigId, configId, type MoaConfig } from '../../domain/moa-config.ts';
import type { Grader } from '../../grading/grader.ts';
import { abortedOutcome } from '../../models/abort.ts';
import { type CallKey, callKey, withTokenLimit } from '../../models/call-key.ts';
import type { ChatModel } from '../../models/chat-model.ts';
import { askCell, type CellAsking, gradeRequestOf } from '../cells/cell-runner.ts';
import type { SharedAnswers } from './kept-answers.ts';
import { plannedCalls } from './planned-calls.ts';

/** What measuring configs on cells takes beyond the answers that are had already. */
export interface Unpaid {
  /** Cells, over all configs, of which a call is to be made. */
  readonly cells: number;
  /** Those calls, when nothing fails. */
  readonly calls: number;
  /** Of them those that grade. */
  readonly grading: number;
}

export interface UnpaidOptions extends CellAsking {
  readonly shared: Pick<SharedAnswers, 'get'>;
  readonly grader: Grader;
  /** Calls that the grader makes for one answer. */
  readonly gradingCalls: number;
}

/**
 * Plays each cell from the answers that are shared, up to the first stage that lacks one: what comes behind it depends
 * on an answer that nobody knows, and counts as planned. Calls no model.
 */
export async function unpaidCalls(
  configs: readonly MoaConfig[],
  cells: readonly Cell[],
  { model, shared, grader, gradingCalls, ...asking }: UnpaidOptions,
): Promise<Unpaid> {
  const unpaid = { cells: 0, calls: 0, grading: 0 };
  /** Lacking answers that cells share are paid for once. */
  const counted = new Set<CallKey>();
  for (const config of configs) {
    for (const cell of cells) {
      if (asking.signal?.aborted) return unpaid;
      let [seen, lacking] = [0, 0];
      const revision = (name: string): string => model.revision(name);
      const known: ChatModel = {
        revision,
        complete: (asked) => {
          const key = callKey(withTokenLimit(asked), model);
          seen++;
          const response = shared.get(key)?.response;
          if (response !== undefined) return Promise.resolve({ kind: 'answered', response, cached: true });
          if (!counted.has(key)) lacking++;
          counted.add(key);
          return Promise.resolve(abortedOutcome());
        },
      };
      const asked = await askCell(config, cell, { ...asking, model: known });
      const isLacking = asked?.outcome.kind === 'no-answer' && asked.outcome.cause === 'aborted';
      const answering = isLacking ? lacking + Math.max(0, plannedCalls(config) - seen) : 0;
      let grading = isLacking ? gradingCalls : 0;
      if (asked?.outcome.kind === 'answered' && grader.callsModels === true) {
        lacking = 0;
        await grader.grade(
          gradeRequestOf(asked.outcome.answer, { ...asked, cell, task: asking.task, model: known }),
        );
        grading = lacking;
      }
      if (answering + grading === 0) continue;
      unpaid.cells++;
      unpaid.calls += answering + grading;
      unpaid.grading += grading;
    }
  }
  return unpaid;
}

/** By id, of how many of the cells in their order nothing is to be paid. Calls no model. */
export async function paidCells(
  configs: readonly MoaConfig[],
  cells: readonly Cell[],
  options: UnpaidOptions,
): Promise<Map<ConfigId, number>> {
  const paid = new Map<ConfigId, number>();
  for (const config of configs) {
    let count = 0;
    for (const cell of cells) {
      if ((await unpaidCalls([config], [cell], options)).calls > 0) break;
      count++;
    }
    paid.set(configId(config), count);
  }
  return paid;
}
