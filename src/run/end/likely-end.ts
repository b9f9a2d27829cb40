import { withoutHopeless } from '../../search/hopeful-models.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialBook } from '../../search/trial-book.ts';
import { acceptableFirst, acceptableTrials } from './acceptable-trials.ts';
import { mostBaselines } from './end-plan.ts';

/** Whom the end would measure if the search were over. */
interface LikelyTrials {
  /** On further tuning cells. */
  readonly finalists: readonly Trial[];
  /** On the holdout; the first so many are whom the result is about. */
  readonly onHoldout: readonly Trial[];
  readonly first: number;
}

/** Tells whom the end would measure by now. It is asked before each cell, and trials are concluded far less often. */
export class LikelyEnd {
  readonly #book: TrialBook;
  #known: { readonly version: number; readonly trials: LikelyTrials } | undefined;

  constructor(book: TrialBook) {
    this.#book = book;
  }

  get trials(): LikelyTrials {
    const { version } = this.#book;
    if (this.#known?.version !== version) this.#known = { version, trials: this.#find() };
    return this.#known.trials;
  }

  #find(): LikelyTrials {
    const book = this.#book;
    const singles = withoutHopeless(book.baselines().slice(0, mostBaselines));
    const ordered = acceptableFirst(withoutHopeless(book.front()), book.aims);
    const [single] = acceptableTrials(singles, book.aims.bounds);
    const order = [ordered[0], single, ...ordered, ...singles].filter((trial) => trial !== undefined);
    return {
      finalists: withoutHopeless(book.finalists(mostBaselines)),
      onHoldout: [...new Set(order)],
      first: new Set(order.slice(0, 2)).size,
    };
  }
}
