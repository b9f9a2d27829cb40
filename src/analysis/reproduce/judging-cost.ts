import type { RunEvent } from '../../run/journal/events.ts';
import { openJournalOf } from '../../run/journal/look-into-journal.ts';

/** What the models that a run's grader asks took, on average. */
export interface JudgingCost {
  /** Calls that grading one answer took. */
  readonly calls: number;
  /** Of one call. */
  readonly tokens: number;
  /** Of one call; `null` where the price of one was unknown. */
  readonly usd: number | null;
}

/** By a run's journal; `undefined` where its grader asked no model. */
function judgingCostOf(events: Iterable<RunEvent>): JudgingCost | undefined {
  const open = new Set<number>();
  let [answered, graded, tokens] = [0, 0, 0];
  let usd: number | null = 0;
  for (const event of events) {
    if (event.kind === 'call-dispatched' && event.purpose === 'judge') open.add(event.call);
    if (event.kind === 'cell-finished' && event.result.grade.kind === 'scored') graded++;
    if (event.kind !== 'call-answered' || !open.delete(event.call)) continue;
    answered++;
    tokens += event.usage.inputTokens + event.usage.outputTokens;
    usd = usd === null || event.usd === null ? null : usd + event.usd;
  }
  if (answered === 0) return undefined;
  return {
    calls: answered / Math.max(1, graded),
    tokens: tokens / answered,
    usd: usd === null ? null : usd / answered,
  };
}

/** Of the run in a folder. */
export function judgingCostOfRun(folder: string): JudgingCost | undefined {
  const journal = openJournalOf(folder);
  try {
    return judgingCostOf(journal.events());
  } finally {
    journal.close();
  }
}
