import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiError, badInput } from './api-error.ts';
import type { KeyEntry } from './keys.ts';
import type { MemberChooser } from './service.ts';
import type { ServeStore, StoredRequest } from './store.ts';

/** How a config was chosen, as the store keeps it. */
const decisionSchema = z.object({
  explored: z.boolean().default(false),
  propensities: z.record(z.string(), z.number()).optional(),
  features: z.array(z.number()).optional(),
  bounds: z.record(z.string(), z.unknown()).default({}),
});
type StoredDecision = z.infer<typeof decisionSchema>;

function decisionOf({ decision }: Pick<StoredRequest, 'decision'>): StoredDecision {
  return decisionSchema.parse(JSON.parse(decision));
}

const feedbackSchema = z.strictObject({
  decision: z.string().min(1).max(100),
  value: z.number().min(0).max(1),
  source: z.string().min(1).max(100).default('user'),
});

/** `POST /v1/feedback`: what an answer was worth. Of one source the first word on a decision stands. */
export function addFeedback(
  options: { readonly store: ServeStore; readonly today: () => Date; readonly chooser?: MemberChooser },
  key: KeyEntry | undefined,
  body: unknown,
): Result<{ readonly decision: string; readonly counted: boolean }, ApiError> {
  const parsed = parseWith(feedbackSchema, body, 'body');
  if (!parsed.ok) return err(badInput(parsed.error));
  const { decision, value, source } = parsed.value;
  const request = find(options.store, key, decision);
  if (!request.ok) return request;
  const at = options.today().getTime();
  const counted = options.store.addFeedback({ request: decision, source, value, at });
  if (counted) {
    const { features = [] } = decisionOf(request.value);
    options.chooser?.rewarded({ config: request.value.config, features }, value);
  }
  return ok({ decision, counted });
}

/** `GET /v1/decisions/:id`: which config answered, why, and what came of it. */
export function showDecision(
  store: ServeStore,
  key: KeyEntry | undefined,
  id: string,
): Result<object, ApiError> {
  const request = find(store, key, id);
  if (!request.ok) return request;
  const { at, model, config, run, why, open, outcome, usd, calls, tokensIn, tokensOut, latencyMs, degraded } =
    request.value;
  const { explored, propensities, bounds } = decisionOf(request.value);
  return ok({
    ...{
      id,
      object: 'mixtune.decision',
      created: Math.floor(at / 1000),
      model,
      config,
      run,
      why,
      explored,
      bounds,
    },
    ...defined({ propensities }),
    outcome: open ? 'running' : outcome,
    spent: open ? null : { usd, calls, tokens_in: tokensIn, tokens_out: tokensOut, latency_ms: latencyMs },
    degraded: degraded ?? null,
    feedback: store
      .feedbackOn(id)
      .map(({ source, value, at: when }) => ({ source, value, at: Math.floor(when / 1000) })),
  });
}

/** Only whoever asked may see it, and what others asked is as if it were not there. */
function find(store: ServeStore, key: KeyEntry | undefined, id: string): Result<StoredRequest, ApiError> {
  const request = store.find(id);
  if (request !== undefined && request.key === (key?.name ?? '')) return ok(request);
  const message = `There is no decision "${id.slice(0, 100)}" of yours`;
  return err({ status: 404, code: 'decision_not_found', message, param: 'decision' });
}
