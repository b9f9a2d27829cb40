import { MixtuneError } from '../../core/errors.ts';
import type { CallFailure, ChatModel } from '../../models/chat-model.ts';
import { providers } from '../../models/provider-list.ts';
import { providerOf, serverOf } from '../../models/router.ts';

/** Refusals of whoever asks: a wrong key or none, no right, no money. */
const ofProvider = new Set(['unauthorized', 'no-key', 'forbidden', 'payment-required', 'insufficient-quota']);
/** Refusals of a model at an address. */
const ofModel = new Set(['unknown-model', 'unknown-endpoint', 'redirected', 'bad-request']);
/** A provider that has answered before may refuse once by mistake. */
const afterAnswers = 3;
/** A request may be at fault itself; so many of a model that never answered are not. */
const badRequests = 3;

/** Whether a failure is one that only a person can mend; after they did, the call is worth another try. */
export function needsPerson({ cause, code }: CallFailure): boolean {
  return cause === 'rejected' && (ofProvider.has(code) || ofModel.has(code));
}

/**
 * Notices when going on makes no sense: a provider refuses the key, or no model of the run is there. Whoever
 * asks on gets the same refusal, for every call.
 */
export class Refusals {
  readonly #models: readonly string[];
  readonly #asked: Pick<ChatModel, 'revision'>;
  readonly #answered = new Set<string>();
  /** Refusals since the last answer, by provider. */
  readonly #inRow = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  /**
   * @param models all that the run may ask.
   * @param asked what asks them: it knows their addresses.
   */
  constructor(models: readonly string[], asked: Pick<ChatModel, 'revision'>) {
    this.#models = models;
    this.#asked = asked;
  }

  answered(model: string): void {
    this.#answered.add(model);
    this.#inRow.delete(providerOf(model));
  }

  /** @returns why the run should end, if it should. */
  refused(model: string, failure: CallFailure): MixtuneError | undefined {
    if (!needsPerson(failure)) return undefined;
    const provider = providerOf(model);
    const { code, message } = failure;
    if (ofProvider.has(code)) {
      const inRow = (this.#inRow.get(provider) ?? 0) + 1;
      this.#inRow.set(provider, inRow);
      const known = [...this.#answered].some((name) => providerOf(name) === provider);
      if (inRow < (known ? afterAnswers : 1)) return undefined;
      const text = `${serverOf(model, this.#asked)} refuses the calls (${code}): ${message}. ${whatToMend(provider, code)}, then go on.`;
      return refusal(text, code === 'no-key' && provider === 'openai' ? wantsKey : undefined);
    }
    if (this.#answered.has(model)) return undefined;
    this.#refused.set(model, (this.#refused.get(model) ?? 0) + (code === 'bad-request' ? 1 : badRequests));
    const all = this.#models.every((name) => (this.#refused.get(name) ?? 0) >= badRequests);
    if (!all) return undefined;
    const which = this.#models.length === 1 ? model : `each of the ${this.#models.length} models`;
    return refusal(`${which} is refused (${code}): ${message}. Check the models' names and the address.`);
  }
}

/** The code of a refusal that only `--api-key-env` mends. */
export const wantsKey = 'endpoint-wants-key';

function refusal(message: string, code = 'endpoint-refuses'): MixtuneError {
  return new MixtuneError(code, message);
}

function whatToMend(provider: string, code: string): string {
  if (code === 'unauthorized') return 'Check the key and its variable (--api-key-env)';
  if (code !== 'no-key') return 'Mend that';
  const variable = providers.find(({ name }) => name === provider)?.apiKeyEnv;
  return provider === 'openai' || !variable
    ? 'No key was sent: name the variable that holds it with --api-key-env'
    : `No key was sent: put it into ${variable}`;
}
