import { BudgetTooSmallError } from '../core/errors.ts';
import { quantile } from '../core/statistics.ts';
import type { ModelSpeed } from '../domain/speed-profile.ts';
import type { CallFailure, ChatMessage, ChatModel, ChatResponse } from './chat-model.ts';
import { estimateInput } from './token-estimate.ts';

/** Whose speed is measured, and with how many calls. */
export interface SpeedProbeOptions {
  readonly model: ChatModel;
  /** Full names of the models to measure. */
  readonly models: readonly string[];
  /** Calls a model; one after the other. */
  readonly calls: number;
  /** Most tokens that one answer may have. */
  readonly answerTokens: number;
  /** Most input and output tokens that the whole probe may use. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Told what each call came to. @defaultValue nobody is told */
  readonly onCall?: (model: string, call: number, outcome: ChatResponse | CallFailure) => void;
}

/** What the calls to one model came to. */
export interface MeasuredSpeed extends ModelSpeed {
  readonly model: string;
  /** Calls that were answered with enough tokens to tell a speed. */
  readonly answered: number;
  /** Lowest and highest tokens per second; `null` where nothing was measured. */
  readonly range: readonly [low: number, high: number] | null;
  readonly failures: readonly Pick<CallFailure, 'code' | 'message'>[];
}

/** What a probe of speeds measured, and what it took. */
export interface SpeedProbe {
  readonly speeds: readonly MeasuredSpeed[];
  readonly spent: { readonly calls: number; readonly tokens: number; readonly usd: number | null };
}

const messages: readonly ChatMessage[] = [
  {
    role: 'user',
    content:
      'Write the numbers from one to two hundred as English words, separated by commas. Write nothing else, and do not stop early.',
  },
];
/** Chat templates add system text that no one sees; a prompt never counts as less than this. */
const leastInput = 100;
/** Shorter answers are over before their speed can be told from the clock's grain. */
const leastAnswer = 8;

/** Most tokens that one call of the probe may use. */
function worstCall(answerTokens: number): number {
  const inputTokens = estimateInput(messages);
  return Math.max(leastInput, 2 * inputTokens) + answerTokens;
}

/**
 * Prepares a probe; nothing is called before what it returns is. That measures time to first token and
 * tokens per second, each as the median over a few calls.
 * @throws BudgetTooSmallError when the worst case does not fit `maxTokens`.
 */
export async function prepareSpeedProbe(options: SpeedProbeOptions): Promise<() => Promise<SpeedProbe>> {
  const { models, calls, answerTokens, maxTokens } = options;
  const worst = worstCall(answerTokens);
  const needed = worst * calls * models.length;
  if (needed > maxTokens) {
    throw new BudgetTooSmallError(
      `--max-tokens ${maxTokens} is too little: ${models.length} models × ${calls} calls may take ${needed} tokens. ` +
        'Name fewer models (--models), make fewer calls (--calls), or allow more',
    );
  }
  return () => probeSpeeds(options, worst);
}

async function probeSpeeds(options: SpeedProbeOptions, worst: number): Promise<SpeedProbe> {
  const { models, calls, maxTokens, signal } = options;
  const spent: { calls: number; tokens: number; usd: number | null } = { calls: 0, tokens: 0, usd: 0 };
  const speeds: MeasuredSpeed[] = [];
  for (const model of models) {
    const responses: ChatResponse[] = [];
    const failures: Pick<CallFailure, 'code' | 'message'>[] = [];
    for (let call = 0; call < calls && !signal.aborted; call++) {
      // A server that ignores the cap on its answers must not take more than was allowed.
      if (spent.tokens + worst > maxTokens) {
        failures.push({ code: 'budget-tokens', message: 'earlier calls used more tokens than they may' });
        break;
      }
      const outcome = await ask(options, model, call, () => void spent.calls++);
      spend(spent, outcome);
      if ('cause' in outcome) {
        failures.push({ code: outcome.code, message: outcome.message });
        if (!outcome.retryable) break;
      } else if (outcome.usage.outputTokens >= leastAnswer) responses.push(outcome);
      else failures.push({ code: 'short-answer', message: `only ${outcome.usage.outputTokens} tokens came` });
    }
    speeds.push({ model, ...summary(responses), failures });
  }
  return { speeds, spent };
}

async function ask(
  options: SpeedProbeOptions,
  model: string,
  call: number,
  onFurtherRequest: () => void,
): Promise<ChatResponse | CallFailure> {
  const outcome = await options.model.complete(
    {
      model,
      messages,
      temperature: 0.7,
      maxTokens: options.answerTokens,
      sample: { repeat: 0, index: call },
    },
    {
      signal: options.signal,
      purpose: 'probe',
      onFurtherRequest: async () => {
        onFurtherRequest();
        return undefined;
      },
    },
  );
  const result = outcome.kind === 'answered' ? outcome.response : outcome.failure;
  options.onCall?.(model, call, result);
  return result;
}

function spend(
  spent: { calls: number; tokens: number; usd: number | null },
  outcome: ChatResponse | CallFailure,
): void {
  spent.calls++;
  const { usage, usd } = outcome;
  if (usage === undefined) return;
  spent.tokens += usage.inputTokens + usage.outputTokens;
  spent.usd = spent.usd === null || usd === null || usd === undefined ? null : spent.usd + usd;
}

function summary(responses: readonly ChatResponse[]): Omit<MeasuredSpeed, 'model' | 'failures'> {
  const answered = responses.length;
  if (answered === 0) return { answered, firstTokenMs: null, tokensPerSecond: null, range: null };
  const streamed = responses.every(isStreamed);
  const speeds = responses.map(
    ({ usage, serviceMs, firstTokenMs }) =>
      // From the first token on; an answer in one piece tells of the whole alone.
      (usage.outputTokens * 1000) / Math.max(0.001, serviceMs - (streamed ? (firstTokenMs ?? 0) : 0)),
  );
  const notes = [
    `median of ${answered} ${answered === 1 ? 'call' : 'calls'}`,
    ...(streamed ? [] : ['not streamed: the speed is that of whole answers']),
    ...(responses.some(({ usage }) => usage.estimated) ? ['tokens estimated'] : []),
  ];
  return {
    answered,
    firstTokenMs: streamed ? median(responses.map(({ firstTokenMs }) => firstTokenMs ?? 0)) : null,
    tokensPerSecond: median(speeds),
    range: [rounded(Math.min(...speeds)), rounded(Math.max(...speeds))],
    note: notes.join('; '),
  };
}

/** False also where a proxy held the stream back, so that it all arrived at the end. */
function isStreamed({ firstTokenMs, serviceMs }: ChatResponse): boolean {
  return firstTokenMs !== null && serviceMs - firstTokenMs > 0.02 * serviceMs;
}

function median(values: readonly number[]): number {
  return rounded(quantile(values, 0.5) ?? 0);
}

/** Three significant digits are all that a few calls can tell. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
