import { oneLine } from '../../core/one-line.ts';
import { remembered } from '../../core/remembered.ts';
import { shellWord } from '../../core/shell-word.ts';
import type { CallFailure, ChatModel } from '../../models/chat-model.ts';
import { furtherRequest, isRateLimited } from '../../models/limits/retry-policy.ts';
import { providerOf, serverOf } from '../../models/router.ts';
import type { RunEvent } from '../journal/events.ts';

interface Failures {
  count: number;
  last: CallFailure | null;
}

/** What a run's events tell of the servers of its models. */
interface ModelRecord {
  sent: number;
  answered: number;
  /** Answers whose tokens are estimates. */
  estimated: number;
  /** Requests that were refused for their pace. */
  readonly limited: Failures;
  /** Other requests that the server failed. */
  readonly failed: Failures;
  /** What was noted, by kind. */
  readonly notes: Map<string, string>;
}

type ProviderSums = Readonly<Record<'sent' | 'answered' | 'estimated' | 'limited', number>>;

/** A fold over a run's events: what its models' servers did that was odd, and how often they told to wait. */
export class ServerRecord {
  readonly #models = new Map<string, ModelRecord>();
  readonly #open = new Map<number, string>();
  /** Told the model of a provider that refuses a request for its pace and refused none before. Not called for what is only replayed. */
  onFirstLimited: ((model: string, failure: CallFailure) => void) | undefined;

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        this.#open.set(event.call, event.model);
        this.#of(event.model).sent++;
        return;
      case 'call-answered': {
        const model = this.#open.get(event.call);
        this.#open.delete(event.call);
        if (model === undefined) return;
        const record = this.#of(model);
        record.answered++;
        if (event.usage.estimated) record.estimated++;
        return;
      }
      case 'call-lost':
        this.#open.delete(event.call);
        return;
      case 'call-failed': {
        const { call, failure } = event;
        const model = this.#open.get(call);
        this.#open.delete(call);
        if (model === undefined || !isServers(failure)) return;
        const record = this.#of(model);
        const failures = isRateLimited(failure) ? record.limited : record.failed;
        failures.count++;
        failures.last = failure;
        const isFirst = failures === record.limited && failures.count === 1;
        if (isFirst && this.#byProvider().get(providerOf(model))?.limited === 1)
          this.onFirstLimited?.(model, failure);
        return;
      }
      case 'server-noted':
        this.#of(event.model).notes.set(event.note, event.text);
    }
  }

  /** Whether this is noted already. */
  knows(model: string, note: string): boolean {
    return this.#models.get(model)?.notes.has(note) === true;
  }

  /** Requests in all, and those that the infrastructure failed. */
  get totals(): { readonly sent: number; readonly failed: number } {
    const all = [...this.#models.values()];
    const sum = (of: (record: ModelRecord) => number): number => all.reduce((sum, one) => sum + of(one), 0);
    return {
      sent: sum(({ sent }) => sent),
      failed: sum(({ failed, limited }) => failed.count + limited.count),
    };
  }

  /**
   * A line for each thing that is worth knowing, by model, then by provider.
   * @param asked the model that was asked, which knows the addresses
   */
  lines(asked: Pick<ChatModel, 'revision'>): string[] {
    const ofModels = [...this.#models].flatMap(([model, { notes, sent, failed }]) => [
      ...[...notes.values()].map((text) => `${model}: ${text}`),
      ...told(model, 'failed', failed, sent),
    ]);
    const ofProviders = [...this.#byProvider()].flatMap(
      ([provider, { limited, sent, estimated, answered }]) => {
        const ofIt = [...this.#models].filter(([model]) => providerOf(model) === provider);
        const server = ofIt[0] === undefined ? provider : serverOf(ofIt[0][0], asked);
        return [
          ...(estimated === 0
            ? []
            : [
                `${server}: ${share(estimated, answered)} answers came without usage that can be true; their tokens are estimates`,
              ]),
          ...(limited === 0
            ? []
            : [
                `${server}: ${share(limited, sent)} requests were told to wait (rate limit); ${remedyOf(ofIt)}`,
              ]),
        ];
      },
    );
    return [...ofModels, ...ofProviders];
  }

  #byProvider(): Map<string, ProviderSums> {
    const providers = new Map<string, ProviderSums>();
    for (const [model, { sent, answered, estimated, limited }] of this.#models) {
      const provider = providerOf(model);
      const sum = providers.get(provider) ?? { sent: 0, answered: 0, estimated: 0, limited: 0 };
      providers.set(provider, {
        sent: sum.sent + sent,
        answered: sum.answered + answered,
        estimated: sum.estimated + estimated,
        limited: sum.limited + limited.count,
      });
    }
    return providers;
  }

  /** A line for each model whose requests failed, for whatever reason. */
  failures(): string[] {
    return [...this.#models].flatMap(([model, { sent, failed, limited }]) => [
      ...told(model, 'failed', failed, sent),
      ...told(model, 'were refused for their pace', limited, sent),
    ]);
  }

  #of(model: string): ModelRecord {
    return remembered(this.#models, model, () => ({
      ...{ sent: 0, answered: 0, estimated: 0 },
      ...{ limited: none(), failed: none(), notes: new Map() },
    }));
  }
}

/** The infrastructure's, and samples that the server could not use; not what it only wants asked otherwise. */
function isServers({ cause, code, retryable }: CallFailure): boolean {
  return cause === 'infrastructure' || (retryable && code !== furtherRequest);
}

/** More models than this are not named one by one. */
const fewModels = 3;

/** Which options keep requests within a server's limits: those of the models that it told to wait, where it told few of several. */
function remedyOf(models: readonly (readonly [string, Pick<ModelRecord, 'limited'>])[]): string {
  const limited = models.filter(([, record]) => record.limited.count > 0).map(([model]) => model);
  if (limited.length === models.length || limited.length > fewModels)
    return '--rpm and --tpm keep them within its limits';
  const options = limited.map((model) => `--limit ${shellWord(`${model}:rpm=N,tpm=N`)}`).join(' ');
  return `${options} ${limited.length === 1 ? 'keeps' : 'keep'} them within its limits`;
}

const none = (): Failures => ({ count: 0, last: null });

function told(model: string, how: string, { count, last }: Failures, sent: number): string[] {
  if (last === null) return [];
  const words = oneLine(last.message).slice(0, 200);
  return [`${model}: ${share(count, sent)} requests ${how}, the last with ${last.code}: ${words}`];
}

/** `25 of 1,549` */
const share = (part: number, whole: number): string =>
  [part, whole].map((count) => count.toLocaleString('en-US')).join(' of ');
