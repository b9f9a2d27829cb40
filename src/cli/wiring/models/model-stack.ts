import type { Clock } from '../../../core/clock.ts';
import type { ChatModel, ModelCard } from '../../../models/chat-model.ts';
import type { ServerNote } from '../../../models/server-note.ts';

/** Models ready to be called. */
export interface ModelStack {
  /** Virtual when every model is embedded and simulated, else the machine's. */
  readonly clock: Clock;
  readonly model: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  /** True when any answer is simulated, also when the simulated models are served over HTTP. */
  readonly simulated: boolean;
  /** What the simulated models behind an endpoint know by heart; absent where models there are real. */
  readonly knownThere?: readonly string[];
  /** Told where simulated models do not know the task, and guess. */
  readonly guesses?: string;
  /** Whether simulated models know a question of the task or of a shipped one, unless `guesses` says that they do not; they make up answers to others. */
  readonly knows?: (question: string) => boolean;
  /** Tells, from now on, what is worth knowing of servers. */
  readonly onNote: (listener: (note: ServerNote) => void) => void;
  /** Ends the processes of local models; without it they end with this one. */
  readonly closeModels?: () => Promise<void>;
  /** What answers in place of providers, and the first call that it lacked. */
  readonly recording?: {
    readonly hash: string;
    readonly missing: () => string | undefined;
    readonly onMissing: (listener: () => void) => void;
  };
}
