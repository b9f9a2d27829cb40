import { isRecord, own } from '../../core/records.ts';
import type { SecretForms, SecretMask } from '../secret-mask.ts';
import { countTokens, TokenCounter } from '../token-counter.ts';
import { splitAtLoneClose, ThinkSplitter } from './think-splitter.ts';
import { type ToldUsage, usageIn } from './told-usage.ts';
import { leastShare } from './usage-check.ts';

/** How an answer ended, in our words; `broken` is a server that gave up half-way and says so. */
export type AnswerEnd = 'stop' | 'length' | 'filtered' | 'broken' | 'bad-sample';

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
  malformed_function_call: 'bad-sample',
  malformed_response: 'bad-sample',
  unexpected_tool_call: 'bad-sample',
  too_many_tool_calls: 'bad-sample',
};

/** Where the call names no limit: longer than any answer of any model, in tokens. */
const longestAnswer = 4_000_000;
/** Longest name and fingerprint that is kept, in characters. */
const longestName = 200;

/** Takes what of an answer arrives. */
export interface AnswerSink {
  /** Each piece of the answer. */
  readonly onText: (text: string) => void;
  /** Whenever anything generated arrives, reasoning included. */
  readonly onToken: () => void;
  /** The pieces so far turned out to be reasoning; the answer follows anew. */
  readonly onRestart: () => void;
}

type Fields = Readonly<Record<string, unknown>>;

/** Collects an answer from the chunks of a stream or from the one body of a plain response. */
export class AnswerCollector {
  text = '';
  reasoning = '';
  refusal = '';
  end: AnswerEnd | undefined;
  usage: ToldUsage | 'impossible' | undefined;
  fingerprint: string | undefined;
  /** The model that the server says has answered. */
  model: string | undefined;
  /** Whether any choice was seen at all. */
  hasChoice = false;
  /** A tool was called, though none was offered. */
  calledTool = false;
  /** The server went on beyond the limit, and was left there. */
  isCut = false;
  readonly #splitter = new ThinkSplitter();
  readonly #sink: AnswerSink;
  readonly #secrets: SecretForms;
  readonly #contentMask: SecretMask;
  readonly #thoughtMask: SecretMask;
  readonly #counter = new TokenCounter();
  readonly #thoughtCounter = new TokenCounter();
  readonly #most: number;
  readonly #slice: number;
  /** Content as it came, for servers that say it all again at the end. */
  #content = '';
  #pieces = 0;
  /** Which of several choices is the answer: the first that is heard of. */
  #choice: unknown;

  /** @param maxTokens of the call: an answer of many more is cut there. */
  constructor(sink: AnswerSink, secrets: SecretForms, maxTokens = longestAnswer) {
    this.#sink = sink;
    this.#secrets = secrets;
    this.#contentMask = secrets.mask();
    this.#thoughtMask = secrets.mask();
    this.#most = maxTokens / leastShare;
    this.#slice = Math.min(4096, Math.max(16, maxTokens));
  }

  /** Takes a `chat.completion.chunk` or a `chat.completion`. Anything may be missing in it. */
  accept(chunk: unknown): void {
    this.#accept(answerIn(chunk));
  }

  #accept(chunk: unknown): void {
    if (!isRecord(chunk)) return;
    this.fingerprint = this.#name(chunk.system_fingerprint) ?? this.fingerprint;
    this.model = this.#name(chunk.model) ?? this.model;
    this.usage = usageIn(chunk) ?? this.usage;
    const choice = choiceOf(chunk);
    if (choice === undefined) return;
    this.hasChoice = true;
    const part = partIn(choice);
    this.#choice ??= choice.index;
    if (choice.index !== undefined && choice.index !== this.#choice) {
      // Nobody asked for a second answer, and it is billed all the same.
      if (isRecord(part)) this.#count(joined(part.content), this.#counter, () => undefined);
      return;
    }
    const reason = choice.finish_reason === undefined ? choice.stop_reason : choice.finish_reason;
    const isEnd = typeof reason === 'string' && reason !== '';
    if (isRecord(part)) this.#acceptPart(part, isEnd);
    if (isEnd && !this.isCut) {
      this.end = own(endWords, reason.toLowerCase().replaceAll('-', '_')) ?? 'stop';
    }
  }

  /** Hands out what was held back. Call once, after the last chunk. */
  finish(): void {
    this.#add(this.#splitter.end());
    this.#addText(this.#contentMask.end());
    this.reasoning += this.#thoughtMask.end();
    const parted = this.reasoning === '' ? splitAtLoneClose(this.text) : undefined;
    if (parted === undefined) return;
    this.text = '';
    this.#sink.onRestart();
    this.reasoning += parted.reasoning;
    this.#addText(parted.text);
  }

  get hasOutput(): boolean {
    return this.tokens > 0;
  }

  /** Own count of all that was generated, whether it became part of the answer or not. */
  get tokens(): number {
    return this.#counter.tokens + this.#thoughtCounter.tokens;
  }

  /** Those of them that are reasoning, also where it came in marks within the content. */
  get reasoningTokens(): number {
    return this.reasoning === '' ? 0 : Math.min(this.tokens, countTokens(this.reasoning));
  }

  #acceptPart(part: Fields, isEnd: boolean): void {
    const { thought, content } = partsOf(part);
    const refusal = typeof part.refusal === 'string' ? part.refusal : '';
    const called = argumentsOf(part);
    if (called !== undefined) this.calledTool = true;
    if (thought !== '' || content !== '' || refusal !== '' || called !== undefined || isThinking(part)) {
      this.#sink.onToken();
    }
    this.#count(called ?? '', this.#counter, () => undefined);
    this.#count(refusal, this.#counter, (text) => {
      this.refusal = this.#secrets.clean(`${this.refusal}${text}`.slice(0, 2000));
    });
    this.#count(thought, this.#thoughtCounter, (text) => {
      this.reasoning += this.#thoughtMask.push(text);
    });
    if (content === '' || (isEnd && this.#pieces > 1 && content === this.#content)) return;
    this.#pieces++;
    this.#content += content;
    this.#count(content, this.#counter, (text) => this.#add(this.#splitter.push(text)));
  }

  /** Takes text as far as the limit goes. */
  #count(text: string, counter: TokenCounter, take: (text: string) => void): void {
    for (let from = 0; from < text.length && !this.isCut; from += this.#slice) {
      const slice = text.slice(from, from + this.#slice);
      counter.push(slice);
      take(slice);
      if (this.tokens > this.#most) {
        this.isCut = true;
        this.end = 'length';
      }
    }
  }

  /** Keys are looked for in what is left when marks are taken out: marks may stand within one. */
  #add(piece: { reasoning: string; text: string }): void {
    this.reasoning += this.#thoughtMask.push(piece.reasoning);
    this.#addText(this.#contentMask.push(piece.text));
  }

  #addText(text: string): void {
    if (text === '') return;
    this.text += text;
    this.#sink.onText(text);
  }

  #name(name: unknown): string | undefined {
    return typeof name === 'string' && name !== ''
      ? this.#secrets.clean(name.slice(0, 2000)).slice(0, longestName)
      : undefined;
  }
}

/** What a gateway has put into a list, or under a name of its own. */
function answerIn(body: unknown): unknown {
  const hasChoices = (value: unknown): boolean => isRecord(value) && Array.isArray(value.choices);
  if (Array.isArray(body)) return body.find(hasChoices);
  if (!isRecord(body) || hasChoices(body)) return body;
  return [body.data, body.result, body.response].find(hasChoices) ?? body;
}

/** What the choice adds: a message, a piece of one, or bare text as of old. */
function partIn({ delta, message, text }: Fields): unknown {
  if (isRecord(delta)) return delta;
  return message === undefined && typeof text === 'string' ? { content: text } : message;
}

/** The first choice; Ollama's own lines are one without being called so. */
function choiceOf(chunk: Fields): Fields | undefined {
  if (Array.isArray(chunk.choices)) {
    const choice: unknown = chunk.choices[0];
    return isRecord(choice) ? choice : undefined;
  }
  if (!isRecord(chunk.message) || typeof chunk.done !== 'boolean') return undefined;
  return { message: chunk.message, finish_reason: chunk.done ? (chunk.done_reason ?? 'stop') : null };
}

/** Reasoning and content of a piece: strings, parts, or lists of parts, of which some are thoughts. */
function partsOf(part: Fields): { thought: string; content: string } {
  const inContent = textsOf(part.content);
  const thought =
    joined(part.reasoning_content) ||
    joined(part.reasoning) ||
    joined(part.reasoning_text) ||
    joined(part.thinking) ||
    joined(part.thinking_blocks) ||
    joined(part.reasoning_details);
  return { thought: thought + inContent.thought, content: inContent.content };
}

function joined(value: unknown): string {
  const { thought, content } = textsOf(value);
  return thought + content;
}

function textsOf(value: unknown, depth = 0): { thought: string; content: string } {
  if (typeof value === 'string') return { thought: '', content: value };
  if (typeof value === 'number') return { thought: '', content: String(value) };
  let thought = '';
  let content = '';
  if (depth > 3) return { thought, content };
  for (const part of listOf(value) ?? [value]) {
    if (typeof part === 'string' && Array.isArray(value)) content += part;
    if (!isRecord(part)) continue;
    if (isThought(part)) {
      const inside = textsOf(part.thinking ?? part.text ?? part.summary ?? part.content, depth + 1);
      thought += inside.thought + inside.content;
    } else if (typeof part.text === 'string') content += part.text;
    else if (typeof part.summary === 'string') content += part.summary;
    else if (Array.isArray(part.parts)) content += textsOf(part.parts, depth + 1).content;
  }
  return { thought, content };
}

function isThought({ type, thought }: Fields): boolean {
  return thought === true || (typeof type === 'string' && /^(?:thinking|reasoning$|thought)/.test(type));
}

/** A piece that shows that the model thinks, without what: encrypted, or in a form of its own. */
function isThinking(part: Fields): boolean {
  return (
    (Array.isArray(part.reasoning_details) && part.reasoning_details.length > 0) || isRecord(part.reasoning)
  );
}

/** What tools were called with; `undefined` where none was. */
function argumentsOf(part: Fields): string | undefined {
  const calls = listOf(part.tool_calls) ?? [];
  const functions = calls.flatMap((call) => (isRecord(call) ? [call.function] : []));
  if (isRecord(part.function_call)) functions.push(part.function_call);
  if (functions.length === 0) return undefined;
  return functions
    .map((called) => (isRecord(called) && typeof called.arguments === 'string' ? called.arguments : ''))
    .join('');
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
