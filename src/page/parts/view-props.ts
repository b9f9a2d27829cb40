import type { RunsView, RunView } from '../../report/view-model/schema.ts';
import type { Source } from '../source.ts';

/** What every view gets. */
export interface ViewProps {
  readonly source: Source;
  /** The run that is shown. */
  readonly view: RunView;
  readonly runs: RunsView;
}
