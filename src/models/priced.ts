import { type ChatOutcome, type ChatResponse, type ModelPrice, priceOf } from './chat-model.ts';

/** An answer told at a price, whatever it was reckoned at; `null`: its dollars are not known. */
export function responseAt(response: ChatResponse, price: ModelPrice | null): ChatResponse {
  return { ...response, usd: priceOf(price, response.usage) };
}

/** The same of what a call came to. */
export function pricedAt(outcome: ChatOutcome, price: ModelPrice | null): ChatOutcome {
  if (outcome.kind === 'answered') return { ...outcome, response: responseAt(outcome.response, price) };
  const { failure } = outcome;
  return failure.usage === undefined
    ? outcome
    : { ...outcome, failure: { ...failure, usd: priceOf(price, failure.usage) } };
}
