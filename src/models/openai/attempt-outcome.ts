import { defined } from '../../core/defined.ts';
import { failedOutcome } from '../abort.ts';
import { defaultMaxTokens } from '../call-key.ts';
import {
  type CallFailure,
  type ChatOutcome,
  type ChatRequest,
  type ModelPrice,
  priceOf,
  type Usage,
} from '../chat-model.ts';
import type { ServerNotes } from '../server-note.ts';
import type { EndedAttempt } from './attempt.ts';
import type { AnswerCollector } from './openai-answer.ts';
import { noteOddities, noteUsage } from './server-oddities.ts';
import { checkUsage } from './usage-check.ts';

/** What an attempt is reckoned by, and who hears what is odd about it. */
interface Reckoning {
  readonly price: ModelPrice | null;
  readonly notes: ServerNotes;
}

/** An attempt as its caller is told of it, with what it used and cost. */
export function outcomeOf(attempt: EndedAttempt, request: ChatRequest, reckoning: Reckoning): ChatOutcome {
  const { answer, failure, isLost, serviceMs, firstTokenMs, rateLimit } = attempt;
  if (failure !== undefined) return failed(failure, { request, answer, isLost }, reckoning);
  const usage = usageOf(request, answer, reckoning);
  noteOddities(reckoning.notes, request, answer);
  return {
    kind: 'answered',
    response: {
      text: answer.text,
      ...(answer.reasoning === '' ? {} : { reasoning: answer.reasoning }),
      finishReason: answer.end === 'length' ? 'length' : 'stop',
      ...{ usage, serviceMs, firstTokenMs },
      usd: priceOf(reckoning.price, usage),
      ...defined({ fingerprint: answer.fingerprint }),
    },
    ...defined({ rateLimit }),
  };
}

/**
 * A failure with what it cost all the same: text that arrived before the end was generated and is billed. Where the
 * server may have generated more than is known, as much as it was asked for counts.
 */
function failed(
  failure: CallFailure,
  { request, answer, isLost }: Pick<EndedAttempt, 'answer' | 'isLost'> & { readonly request: ChatRequest },
  reckoning: Reckoning,
): ChatOutcome {
  const isSilent = answer.usage === undefined && !answer.hasOutput;
  if (isSilent && !isLost) return failedOutcome(failure);
  const known = usageOf(request, answer, reckoning);
  const usage = isSilent ? { ...known, outputTokens: request.maxTokens ?? defaultMaxTokens } : known;
  return failedOutcome({ ...failure, usage, usd: priceOf(reckoning.price, usage) });
}

function usageOf(request: ChatRequest, answer: AnswerCollector, { notes }: Reckoning): Usage {
  const { tokens, reasoningTokens } = answer;
  const checked = checkUsage(answer.usage, { request, output: tokens, reasoning: reasoningTokens });
  noteUsage(notes, request.model, checked);
  return checked.usage;
}
