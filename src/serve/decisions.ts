import { z } from 'zod';
import type { AdaptDecision } from '../adapt/learner.ts';
import { parsedJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiError, badInput } from '../models/api-error.ts';
import type { Adaptation } from './adaptation.ts';
import { shownUsd } from './completion.ts';
import type { KeyEntry } from './keys.ts';
import type { ServeStore, StoredRequest } from './store.ts';

const feedbackSchema = z.strictObject({
  decision: z.string().min(1).max(100),
  value: z.number().min(0).max(1),
  source: z.string().min(1).max(100).default('user'),
});

/** `POST /v1/feedback`: what an answer was worth. Of one source the first word on a decision stands. */
export function addFeedback(
  options: { readonly store: ServeStore; readonly today: () => Date; readonly adaptation?: Adaptation },
  key: KeyEntry | undefined,
  body: unknown,
): Result<{ readonly decision: string; readonly counted: boolean }, ApiError> {
  const parsed = parseWith(feedbackSchema, body, 'body');
  if (!parsed.ok) return err(badInput(parsed.error));
  const { decision, value, source } = parsed.value;
  const request = find(options.store, key, decision);
  if (!request.ok) return request;
  const at = options.today().getTime();
  const { store, adaptation } = options;
  const add = (): boolean => store.addFeedback({ request: decision, source, value, at });
  const counted =
    adaptation === undefined
      ? add()
      : adaptation.valued(decision, value, () => {
          const first = store.feedbackOn(decision).length === 0;
          return add() ? { first } : undefined;
        });
  return ok({ decision, counted });
}

/** `GET /v1/decisions/:id`: which config answered, why, and what came of it. */
export function showDecision(
  { store, adaptation }: { readonly store: ServeStore; readonly adaptation?: Adaptation },
  key: KeyEntry | undefined,
  id: string,
): Result<object, ApiError> {
  const request = find(store, key, id);
  if (!request.ok) return request;
  const {
    at,
    model,
    config,
    run,
    why,
    open,
    outcome,
    usd,
    calls,
    tokensIn,
    tokensOut,
    latencyMs,
    degraded,
    bounds,
  } = request.value;
  return ok({
    ...{ id, object: 'mixtune.decision', created: Math.floor(at / 1000), model, config, run, why },
    bounds: parsedJson(bounds),
    outcome: open ? 'running' : outcome,
    spent: open
      ? null
      : {
          usd: shownUsd(usd ?? null),
          calls,
          tokens_in: tokensIn,
          tokens_out: tokensOut,
          latency_ms: latencyMs,
        },
    degraded: degraded ?? null,
    ...chancesOf(adaptation?.decisionOn(id)),
    feedback: store
      .feedbackOn(id)
      .map(({ source, value, at: when }) => ({ source, value, at: Math.floor(when / 1000) })),
  });
}

/** How the learner decided: with which chance each member was to answer, and which is held for the best. */
function chancesOf(decision: AdaptDecision | undefined): object {
  if (decision === undefined) return {};
  const { arms, propensities, champion, chosen } = decision;
  const chances = Object.fromEntries(arms.map((id, at) => [id, propensities[at]]));
  return { champion: arms[champion], explored: chosen !== champion, chances };
}

/** Only whoever asked may see it, and what others asked is as if it were not there. */
function find(store: ServeStore, key: KeyEntry | undefined, id: string): Result<StoredRequest, ApiError> {
  const request = store.find(id);
  if (request !== undefined && request.key === (key?.name ?? '')) return ok(request);
  const message = `There is no decision "${id.slice(0, 100)}" of yours`;
  return err({ status: 404, code: 'decision_not_found', message, param: 'decision' });
}
