import type { RunEvent } from '../journal/events.ts';

/** Tokens of a run's paid calls by kind; `cachedIn` is part of the input, `reasoning` of the output. */
export interface UsageAccount {
  readonly model: string;
  readonly calls: number;
  readonly tokensIn: number;
  /** Input that the provider had in its prompt cache; 0 where it tells of none. */
  readonly cachedIn: number;
  readonly tokensOut: number;
  readonly reasoning: number;
  /** Calls whose tokens a tokenizer estimated, since the provider told none. */
  readonly estimated: number;
  /** US dollars; `null` where the price of any call is unknown. */
  readonly usd: number | null;
}

/** What answered calls used, model by model, most tokens first. */
export function accountUsage(events: Iterable<RunEvent>): UsageAccount[] {
  const models = new Map<number, string>();
  const accounts = new Map<string, UsageAccount>();
  for (const event of events) {
    if (event.kind === 'call-dispatched') models.set(event.call, event.model);
    if (event.kind !== 'call-answered') continue;
    const model = models.get(event.call) ?? '';
    models.delete(event.call);
    accounts.set(model, plus(accounts.get(model) ?? { model, ...nothing }, event));
  }
  const size = ({ tokensIn, tokensOut }: UsageAccount): number => tokensIn + tokensOut;
  return [...accounts.values()].sort((a, b) => size(b) - size(a));
}

const nothing = { calls: 0, tokensIn: 0, cachedIn: 0, tokensOut: 0, reasoning: 0, estimated: 0, usd: 0 };

function plus(
  account: UsageAccount,
  { usage, usd }: Extract<RunEvent, { kind: 'call-answered' }>,
): UsageAccount {
  return {
    model: account.model,
    calls: account.calls + 1,
    tokensIn: account.tokensIn + usage.inputTokens,
    cachedIn: account.cachedIn + (usage.cachedInputTokens ?? 0),
    tokensOut: account.tokensOut + usage.outputTokens,
    reasoning: account.reasoning + (usage.reasoningTokens ?? 0),
    estimated: account.estimated + (usage.estimated ? 1 : 0),
    usd: account.usd === null || usd === null ? null : account.usd + usd,
  };
}
