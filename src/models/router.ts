import { suggest } from '../core/suggest.ts';
import { callFailure, failedOutcome } from './abort.ts';
import type { ChatModel, ChatOutcome, ModelPrice } from './chat-model.ts';
import { pricedAt } from './priced.ts';

/** The provider in `provider/model`; the whole name when it has no slash. */
export function providerOf(model: string): string {
  const slash = model.indexOf('/');
  return slash < 0 ? model : model.slice(0, slash);
}

/**
 * Who answers for a model, as people know it: its provider, or host and port where the address of `openai` is one of
 * their own.
 */
export function serverOf(name: string, model: Pick<ChatModel, 'revision'>): string {
  const provider = providerOf(name);
  const address = provider === 'openai' ? model.revision(name) : '';
  const host = URL.canParse(address) ? new URL(address).host : '';
  return host === '' || host === 'api.openai.com' ? provider : host;
}

/**
 * One model out of many: each request goes to the provider its model's name begins with. Requests
 * for a provider that is not there are rejected.
 * @param price of a model in place of what its provider reckons with; `undefined` where that holds, `null` where its
 * dollars are not known. @defaultValue no other prices
 *
 * @example
 * import { createModelRouter, createOpenAICompatible, createRealClock } from 'mixtune';
 *
 * const clock = createRealClock();
 * const mine = createOpenAICompatible({ baseUrl: 'http://127.0.0.1:8000/v1', apiKey: 'none', clock });
 * const model = createModelRouter(new Map([['vllm', mine]]));
 * model.revision('vllm/my-model');
 */
export function createModelRouter(
  byProvider: ReadonlyMap<string, ChatModel>,
  price?: (model: string) => ModelPrice | null | undefined,
): ChatModel {
  return {
    async complete(request, options) {
      const provider = byProvider.get(providerOf(request.model));
      if (provider === undefined) return unknownProvider(request.model, [...byProvider.keys()]);
      const outcome = await provider.complete(request, options);
      const given = price?.(request.model);
      return given === undefined ? outcome : pricedAt(outcome, given);
    },
    revision: (model) => byProvider.get(providerOf(model))?.revision(model) ?? '',
    keys: (model) => byProvider.get(providerOf(model))?.keys?.(model) ?? 1,
    slowsUnderLoad: (model) => byProvider.get(providerOf(model))?.slowsUnderLoad?.(model) ?? false,
    sharers: (model, key) => byProvider.get(providerOf(model))?.sharers?.(model, key) ?? 1,
    past: (calls) => {
      for (const provider of byProvider.values()) provider.past?.(calls);
    },
    settled: (request, attempt, outcome) =>
      byProvider.get(providerOf(request.model))?.settled?.(request, attempt, outcome),
  };
}

function unknownProvider(model: string, known: readonly string[]): ChatOutcome {
  const meant = suggest(providerOf(model), known);
  const hint = meant === undefined ? `available: ${known.join(', ')}` : `did you mean "${meant}"?`;
  const message = `no provider for model "${model}" (${hint})`;
  return failedOutcome(callFailure('rejected', 'unknown-provider', message));
}
