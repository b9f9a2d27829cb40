import type { SearchLoop } from '../../search/loop.ts';
import type { Recorder } from '../journal/recorder.ts';
import { concludeSearch } from './conclude-search.ts';

/** All that is open ends with the time. */
export function endForTime(recorder: Recorder, loop: SearchLoop): void {
  const { state } = recorder;
  const reason = 'the time was over';
  for (const call of [...state.openCalls.keys()]) recorder.record({ kind: 'call-lost', call });
  for (const cell of [...state.openCells.keys()]) {
    recorder.record({ kind: 'cell-abandoned', cell, because: 'time', reason });
  }
  for (const { draft, of } of [...state.drafts.open.values()]) {
    recorder.record({ kind: 'draft-finished', draft, of, outcome: { kind: 'rejected', reason } });
  }
  if (state.searching) concludeSearch(recorder, loop);
  if (state.phase !== 'done') recorder.record({ kind: 'phase-started', phase: 'done', because: 'time' });
}
