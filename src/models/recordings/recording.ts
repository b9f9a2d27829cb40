import { createHash } from 'node:crypto';
import { createReadStream, readSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { withoutByteOrderMark } from '../../core/byte-order-mark.ts';
import { sha256 } from '../../core/canonical-json.ts';
import { InputError, messageOf } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type CallKey, callKey } from '../call-key.ts';
import type { ChatRequest } from '../chat-model.ts';
import { openPlainFile } from '../plain-file.ts';
import {
  parseRecordingLine,
  type RecordedEvent,
  type RecordedResponse,
  type RecordingHeader,
  type RecordingLine,
} from './recording-lines.ts';

/** Answers of a recording, found by request or by key, and the history of the run it may hold. */
export class Recording {
  /** Where it is from, for errors. */
  readonly source: string;
  readonly #answers = new Map<CallKey, RecordedResponse>();
  readonly #byQuestion = new Map<string, RecordedResponse>();
  readonly #revisions = new Map<string, Set<string>>();
  readonly #models = new Set<string>();
  readonly #events: RecordedEvent[] = [];
  readonly #runs: NonNullable<RecordingHeader['run']>[] = [];
  #simulated = false;
  readonly #hash = createHash('sha256');
  #line = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Manifests of the runs in it; most recordings hold one or none. */
  get runs(): readonly NonNullable<RecordingHeader['run']>[] {
    return this.#runs;
  }

  /** The run's events, oldest first. */
  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  /** Models that it has answers of, in the order in which it names them. */
  get models(): readonly string[] {
    return [...this.#models];
  }

  /** True when simulated models gave the answers. */
  get simulated(): boolean {
    return this.#simulated || this.models.some((name) => name.startsWith('sim/'));
  }

  /** SHA-256 of its text. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  get size(): number {
    return this.#answers.size + this.#byQuestion.size;
  }

  /** The revision of a model's calls, where the recording knows of one and no other. */
  revisionOf(model: string): string | undefined {
    const known = this.#revisions.get(originalName(model));
    return known?.size === 1 ? [...known][0] : undefined;
  }

  /** The answer of a call by its key as it was recorded. */
  answer(key: CallKey): RecordedResponse | undefined {
    return this.#answers.get(key);
  }

  /** Requests are looked up under every revision that the recording has of their model. */
  find(request: ChatRequest): RecordedResponse | undefined {
    const asked = { ...request, model: originalName(request.model) };
    for (const model of new Set([asked.model, request.model])) {
      for (const revision of this.#revisions.get(model) ?? []) {
        const found = this.#answers.get(callKey({ ...asked, model }, { revision: () => revision }));
        if (found !== undefined) return found;
      }
    }
    const { sample, ...anySample } = asked;
    return (
      this.#answers.get(handKey(asked)) ?? this.#answers.get(handKey(anySample)) ?? this.#findReply(asked)
    );
  }

  #findReply(asked: ChatRequest): RecordedResponse | undefined {
    const question = questionAlone(asked);
    if (question === undefined || this.#byQuestion.size === 0) return undefined;
    return (
      this.#byQuestion.get(replyKey(asked.model, question, asked.sample)) ??
      this.#byQuestion.get(replyKey(asked.model, question, undefined))
    );
  }

  /** Takes the next line of its text; what is wrong with it. */
  take(given: string): InputError | undefined {
    this.#line++;
    const line = this.#line === 1 ? withoutByteOrderMark(given) : given;
    if (line.trim() === '' || line.startsWith('#')) return undefined;
    this.#hash.update(`${line}\n`);
    const parsed = parseRecordingLine(line);
    if (!parsed.ok) return new InputError(this.source, { line: this.#line, ...parsed.error });
    this.#add(parsed.value);
    return undefined;
  }

  #add(entry: RecordingLine): void {
    switch (entry.kind) {
      case 'key': {
        const { key, model, revision, response } = entry.line;
        if (!this.#answers.has(key)) this.#answers.set(key, response);
        if (model !== undefined) this.#know(model, revision);
        return;
      }
      case 'request': {
        const { request, response } = entry.line;
        const key = handKey({ ...request, model: originalName(request.model) });
        if (!this.#answers.has(key)) this.#answers.set(key, response);
        this.#know(request.model, undefined);
        return;
      }
      case 'question': {
        const { model, question, sample, response } = entry.line;
        const key = replyKey(originalName(model), question.trim(), sample);
        if (!this.#byQuestion.has(key)) this.#byQuestion.set(key, response);
        this.#know(model, undefined);
        return;
      }
      case 'recording': {
        const { models = {}, simulated, run } = entry.line;
        for (const [name, { revision }] of Object.entries(models)) this.#know(name, revision);
        if (simulated === true) this.#simulated = true;
        if (run !== undefined) this.#runs.push(run);
        return;
      }
      case 'event':
        this.#events.push(entry.line.event);
        return;
    }
  }

  #know(model: string, revision: string | undefined): void {
    this.#models.add(model);
    if (revision === undefined) return;
    const revisions = this.#revisions.get(model) ?? new Set();
    this.#revisions.set(model, revisions.add(revision));
  }
}

/** `openai/gpt-4o` of `recorded/openai/gpt-4o`. */
export function originalName(model: string): string {
  return model.replace(/^recorded\//, '');
}

/** Hand-written lines know no revision; one without `sample` answers every sample. */
function handKey(
  request: Omit<ChatRequest, 'sample'> & { readonly sample?: ChatRequest['sample'] },
): CallKey {
  return sha256({ ...request, sample: request.sample ?? null, revision: null });
}

function replyKey(model: string, question: string, sample: ChatRequest['sample'] | undefined): string {
  return JSON.stringify([model, question, sample?.repeat ?? null, sample?.index ?? null]);
}

/** What is asked, where it is asked of a model that sees nobody else's answers. */
function questionAlone({ messages }: ChatRequest): string | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'user') return undefined;
  const others = messages.slice(0, -1);
  const alone = others.every(({ role, content }) => role === 'system' && !content.includes('<candidate '));
  return alone ? last.content.trim() : undefined;
}

/** Reads a recording from its text. */
export function parseRecording(text: string, source: string): Result<Recording, InputError> {
  const recording = new Recording(source);
  for (const line of text.split('\n')) {
    const fault = recording.take(line);
    if (fault !== undefined) return err(fault);
  }
  return ok(recording);
}

/** Reads a recording from a file, plain or gzipped, line by line. */
export async function openRecording(path: string, source = path): Promise<Result<Recording, InputError>> {
  const recording = new Recording(source);
  try {
    for await (const line of linesOf(path)) {
      const fault = recording.take(line);
      if (fault !== undefined) return err(fault);
    }
    return ok(recording);
  } catch (error) {
    if (error instanceof InputError) return err(error);
    return err(new InputError(source, { expected: 'a readable recording', found: messageOf(error) }));
  }
}

/** Characters of a line at most: a small file may unpack to one without end. */
const longestLine = 64 * 1024 * 1024;

async function* linesOf(path: string): AsyncGenerator<string> {
  const descriptor = openPlainFile(path, 'readLinked');
  const zipped = isGzipped(descriptor);
  const file = createReadStream('', { fd: descriptor });
  const text = zipped ? pipeline(file, createGunzip(), () => undefined) : file;
  text.setEncoding('utf8');
  let begun: string[] = [];
  let length = 0;
  for await (const chunk of text) {
    const [first = '', ...lines] = String(chunk).split('\n');
    begun.push(first);
    length += first.length;
    if (length > longestLine) throw new Error(`a line of more than ${longestLine} characters`);
    const rest = lines.pop();
    if (rest === undefined) continue;
    yield begun.join('');
    yield* lines;
    begun = [rest];
    length = rest.length;
  }
  yield begun.join('');
}

function isGzipped(descriptor: number): boolean {
  const start = Buffer.alloc(2);
  return readSync(descriptor, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
}
