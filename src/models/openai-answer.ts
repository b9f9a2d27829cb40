import type { Usage } from './chat-model.ts';
import { splitAtLoneClose, ThinkSplitter } from './think-splitter.ts';

/** How an answer ended, in our words; `broken` is a server that gave up half-way and says so. */
export type AnswerEnd = 'stop' | 'length' | 'filtered' | 'broken';

const endWords: Readonly<Record<string, AnswerEnd>> = {
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  max_completion_tokens: 'length',
  max_length: 'length',
  model_length: 'length',
  content_filter: 'filtered',
  content_filtered: 'filtered',
  safety: 'filtered',
  recitation: 'filtered',
  blocklist: 'filtered',
  prohibited_content: 'filtered',
  spii: 'filtered',
  sensitive: 'filtered',
  refusal: 'filtered',
  error: 'broken',
  abort: 'broken',
  cancelled: 'broken',
  timeout: 'broken',
  network_error: 'broken',
  server_error: 'broken',
  insufficient_system_resource: 'broken',
};

/** No tokenizer in use has longer tokens, in characters (runs of spaces, in o200k_base). */
const longestToken = 128;
/** Longest answer with its reasoning that is kept, in characters; not all servers count reasoning. */
const longestOutput = 16_000_000;

/** Takes what of an answer arrives. */
export interface AnswerSink {
  /** Each piece of the answer. */
  readonly onText: (text: string) => void;
  /** Whenever anything generated arrives, reasoning included. */
  readonly onToken: () => void;
  /** The pieces so far turned out to be reasoning; the answer follows anew. */
  readonly onRestart: () => void;
}

/** Collects an answer from the chunks of a stream or from the one body of a plain response. */
export class AnswerCollector {
  text = '';
  reasoning = '';
  refusal = '';
  end: AnswerEnd | undefined;
  usage: Usage | undefined;
  fingerprint: string | undefined;
  /** Whether any choice was seen at all. */
  hasChoice = false;
  readonly #splitter = new ThinkSplitter();
  readonly #sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Takes a `chat.completion.chunk` or a `chat.completion`. Anything may be missing in it. */
  accept(chunk: unknown): void {
    if (!isRecord(chunk)) return;
    if (typeof chunk.system_fingerprint === 'string') this.fingerprint = chunk.system_fingerprint;
    // Groq's older streams tell usage under their own name.
    const groq = isRecord(chunk.x_groq) ? chunk.x_groq.usage : undefined;
    this.usage = readUsage(chunk.usage ?? groq) ?? this.usage;
    const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
    if (!isRecord(choice)) return;
    this.hasChoice = true;
    const part = isRecord(choice.delta) ? choice.delta : choice.message;
    if (isRecord(part)) this.#acceptPart(part);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
      this.end = endWords[choice.finish_reason.toLowerCase().replaceAll('-', '_')] ?? 'stop';
    }
  }

  /** Hands out what was held back. Call once, after the last chunk. */
  finish(): void {
    this.#add(this.#splitter.end());
    const parted = this.reasoning === '' ? splitAtLoneClose(this.text) : undefined;
    if (parted === undefined) return;
    this.text = '';
    this.#sink.onRestart();
    this.#add(parted);
  }

  /** Ends an answer that is longer than any of so many tokens: its server minds no limit and might never stop. */
  cutBeyond(maxTokens: number | undefined): boolean {
    const { text, reasoning } = this;
    const beyond = maxTokens !== undefined && text.length > longestToken * maxTokens;
    if (!beyond && text.length + reasoning.length <= longestOutput) return false;
    this.end = 'length';
    return true;
  }

  get hasOutput(): boolean {
    return this.text !== '' || this.reasoning !== '';
  }

  #acceptPart(part: Record<string, unknown>): void {
    const thought = contentText(part.reasoning_content) || contentText(part.reasoning);
    const content = contentText(part.content);
    if (typeof part.refusal === 'string') this.refusal += part.refusal;
    if (thought !== '' || content !== '') this.#sink.onToken();
    this.reasoning += thought;
    if (content !== '') this.#add(this.#splitter.push(content));
  }

  #add(piece: { reasoning: string; text: string }): void {
    this.reasoning += piece.reasoning;
    if (piece.text === '') return;
    this.text += piece.text;
    this.#sink.onText(piece.text);
  }
}

/** Content is a string, or a list of parts of which the texts count. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}

/** Usage as told, or `undefined` where the numbers cannot be. */
function readUsage(told: unknown): Usage | undefined {
  if (!isRecord(told)) return undefined;
  const inputTokens = tokenCount(told.prompt_tokens);
  const completionTokens = tokenCount(told.completion_tokens);
  if (inputTokens === undefined || completionTokens === undefined) return undefined;
  const reasoningTokens = tokenCount(nested(told.completion_tokens_details, 'reasoning_tokens'));
  const cachedInputTokens =
    tokenCount(nested(told.prompt_tokens_details, 'cached_tokens')) ??
    tokenCount(told.prompt_cache_hit_tokens);
  return {
    inputTokens,
    // Some servers count reasoning beside the completion instead of within it.
    outputTokens: completionTokens + ((reasoningTokens ?? 0) > completionTokens ? (reasoningTokens ?? 0) : 0),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
    estimated: false,
  };
}

function nested(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
