import type { CallKey } from '../../models/call-key.ts';
import type { CallStore, StoredCall } from '../../models/call-store/stored-call.ts';
import type { ChatResponse, ModelCard } from '../../models/chat-model.ts';
import { responseAt } from '../../models/priced.ts';
import type { Recorder } from '../journal/recorder.ts';

/** Answers that other runs paid for. */
export type SharedAnswers = Pick<CallStore, 'get' | 'put'>;

export interface KeptAnswersOptions {
  readonly recorder: Pick<Recorder, 'state' | 'journal'>;
  readonly card: (model: string) => ModelCard | undefined;
  /** @defaultValue none: the run knows only its own answers */
  readonly shared?: SharedAnswers;
  readonly onNotice?: (message: string) => void;
}

/** Answers that are had already, by the run itself or by others, and that nobody pays for again. */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions;
  readonly #borrowed = new Set<CallKey>();

  constructor(options: KeptAnswersOptions) {
    this.#options = options;
  }

  /** The run's own answer, or another run's, which from now on is its own, too. */
  get(key: CallKey, model: string): ChatResponse | undefined {
    const { recorder, shared } = this.#options;
    const { state, journal } = recorder;
    const own = state.answered.has(key) || this.#borrowed.has(key);
    const answer = own ? journal.answer(key) : undefined;
    if (answer !== undefined) return answer;
    if (state.answered.has(key)) {
      this.#options.onNotice?.("the journal's answer to a call was damaged or lost: the call is made again");
    }
    const found = shared?.get(key)?.response;
    // Paid for long ago, perhaps at another price: all of a run is told at its own, or none of it where it has none.
    const price = this.#options.card(model)?.price;
    const response = found === undefined || price === undefined ? found : responseAt(found, price);
    if (response !== undefined) {
      this.#borrowed.add(key);
      journal.keepAnswer(key, response);
    }
    return response;
  }

  /** A favour to other runs: where it fails (a full disk), this run has its answer all the same. */
  shareWithOthers(key: CallKey, call: StoredCall): void {
    try {
      this.#options.shared?.put(key, call);
    } catch {
      // A disk that is full for them is soon full for the journal too, which reports it.
    }
  }
}
