import type { SearchLoop } from '../../search/loop.ts';
import { runningTrials } from '../../search/search-state.ts';
import type { Recorder } from '../journal/recorder.ts';

/**
 * To be called when the search is over. Where that is before any trial has all cells of its level, those that have
 * most are concluded on what they have, since what was paid for is a result. A trial with less than half as many scored
 * cells as the first is left out: beside it luck would put it on the front.
 */
export function concludeSearch(recorder: Recorder, loop: SearchLoop): void {
  loop.concludeWhole();
  if (loop.book.front().length > 0) return;
  const measured = runningTrials(recorder.state).filter((trial) => trial.measurements().length > 0);
  if (measured.length === 0) return;
  const most = Math.max(...measured.map((trial) => trial.measurements().length));
  recorder.record({ kind: 'search-cut-short', cells: loop.levelSize });
  for (const trial of measured) {
    if (2 * trial.measurements().length < most) continue;
    recorder.record({ kind: 'trial-finished', trial: trial.trial, status: 'finished' });
  }
  loop.noteBelief();
}
