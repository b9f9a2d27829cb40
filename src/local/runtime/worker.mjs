/**
 * One local model in a process of its own: loads a GGUF file with node-llama-cpp and answers one
 * request at a time. Speaks with its parent over IPC (see ../wire.ts).
 *
 * Same prompt, settings and seed must give the same text whatever was asked before. Numbers come out
 * differently in the last bits when the same tokens are computed in batches of another size, so prompts
 * are computed in blocks of fixed size at fixed places, and only whole blocks are used again.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { plainTurn, promptPieces } from './chat-prompt.mjs';

/** Tokens of a prompt computed at once, and the grain in which computed prefixes are kept. */
const block = 64;
/** A character of UTF-8 is spread over at most so many tokens before it is given up as broken. */
const longestCharacter = 6;

/** A terminal's Ctrl-C goes to the whole group; the parent decides what becomes of calls. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
// The parent has gone: SIGKILL itself, since exit handlers of a library in the midst of a computation may hang.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stopped = new Set();
let model = null;

process.on('message', (message) => {
  if (message.type === 'load') void load(message);
  else if (message.type === 'ask') void ask(message);
  else if (message.type === 'stop') stopped.add(message.id);
});

async function load({ runtime, file, contextTokens, sequences, threads }) {
  try {
    const library = await import(pathToFileURL(runtime).href);
    const jinja = await import(pathToFileURL(createRequire(runtime).resolve('@huggingface/jinja')).href);
    const llama = await library.getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      maxThreads: threads,
      logLevel: library.LlamaLogLevel.error,
      logger: (_level, text) => process.stderr.write(`${text}\n`),
    });
    const weights = await llama.loadModel({ modelPath: file });
    const trained = weights.trainContextSize;
    const context = await weights.createContext({
      contextSize: Math.min(contextTokens, trained ?? contextTokens),
      sequences,
      batchSize: block,
      threads,
      // Without it models with a sliding window could not go back to a prefix.
      swaFullCache: true,
    });
    const source = weights.fileInfo.metadata.tokenizer?.chat_template;
    model = {
      library,
      weights,
      context,
      contextTokens: Math.min(context.contextSize, contextTokens),
      template: typeof source === 'string' ? new jinja.Template(source) : null,
      slots: Array.from({ length: sequences }, () => ({
        sequence: context.getSequence(),
        kept: [],
        used: 0,
      })),
      turn: 0,
    };
    process.send({
      type: 'loaded',
      contextTokens: model.contextTokens,
      memoryBytes: process.memoryUsage.rss(),
    });
  } catch (error) {
    process.send({ type: 'load-failed', message: messageOf(error) });
  }
}

async function ask(request) {
  const { id } = request;
  try {
    process.send({ type: 'done', id, ...(await answer(request)) });
  } catch (error) {
    process.send({ type: 'failed', id, message: messageOf(error) });
  } finally {
    stopped.delete(id);
  }
}

async function answer(request) {
  const tokens = promptTokens(request.messages);
  const counts = { inputTokens: tokens.length, reusedTokens: 0, outputTokens: 0 };
  // llama.cpp keeps one cell free.
  const room = model.contextTokens - 1 - tokens.length;
  if (room < 1) return { ...counts, end: 'overflow' };
  const slot = bestSlot(tokens);
  slot.used = ++model.turn;
  const { sequence } = slot;
  counts.reusedTokens = reusable(slot.kept, tokens);
  slot.kept = slot.kept.slice(0, counts.reusedTokens);
  if (sequence.nextTokenIndex > counts.reusedTokens) {
    await sequence.eraseContextTokenRanges([{ start: counts.reusedTokens, end: sequence.nextTokenIndex }]);
  }
  if (sequence.nextTokenIndex !== counts.reusedTokens) throw new Error('the kept prefix was lost');
  const wholeBlocks = lastBlock(tokens.length);
  for (let from = counts.reusedTokens; from < wholeBlocks; from += block) {
    if (stopped.has(request.id)) return { ...counts, end: 'stopped' };
    const part = tokens.slice(from, from + block);
    await sequence.evaluateWithoutGeneratingNewTokens(part);
    slot.kept.push(...part);
  }
  return generate(
    request,
    sequence,
    tokens.slice(wholeBlocks),
    Math.min(request.maxTokens ?? room, room),
    counts,
  );
}

async function generate({ id, temperature, topP, seed }, sequence, tokens, most, counts) {
  const text = new TextStream(model.template === null ? plainTurn : null, (piece) =>
    process.send({ type: 'piece', id, text: piece }),
  );
  // top-k 40 and min-p 0.05 are what llama.cpp's own programs use where nothing else is said.
  const sampling = temperature === 0 ? { temperature: 0 } : { temperature, topP, topK: 40, minP: 0.05, seed };
  let end = 'length';
  for await (const token of sequence.evaluate(tokens, { ...sampling, yieldEogToken: true })) {
    counts.outputTokens++;
    if (stopped.has(id)) return { ...counts, end: 'stopped' };
    if (model.weights.isEogToken(token) || text.push(token)) {
      end = 'stop';
      break;
    }
    if (counts.outputTokens >= most) break;
  }
  text.end();
  return { ...counts, end };
}

/** The slot that has most of the prompt; of equals the one longest unused. */
function bestSlot(tokens) {
  return model.slots.reduce((best, slot) => {
    const gain = reusable(slot.kept, tokens) - reusable(best.kept, tokens);
    return gain > 0 || (gain === 0 && slot.used < best.used) ? slot : best;
  });
}

/** Length of the whole blocks that both begin with, at least one token of the prompt left over. */
function reusable(kept, tokens) {
  const most = Math.min(kept.length, lastBlock(tokens.length));
  let same = 0;
  while (same < most && kept[same] === tokens[same]) same++;
  return same - (same % block);
}

/** Where the last, perhaps partial block of a prompt begins. */
function lastBlock(length) {
  return length - 1 - ((length - 1) % block);
}

function promptTokens(messages) {
  const { weights, template, library } = model;
  const { bosString, eosString } = weights.tokens;
  const pieces = promptPieces(messages, template, { bos_token: bosString ?? '', eos_token: eosString ?? '' });
  const text = library.LlamaText(
    pieces.map((piece) => (piece.special ? new library.SpecialTokensText(piece.text) : piece.text)),
  );
  const tokens = text.tokenize(weights.tokenizer);
  const { bos, shouldPrependBosToken } = weights.tokens;
  return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
}

/** Text out of tokens as they come: never half a character, never a part of what ends the answer. */
class TextStream {
  #tokens = [];
  #said = [];
  #held = '';
  #ending;
  #emit;

  constructor(ending, emit) {
    this.#ending = ending;
    this.#emit = emit;
  }

  /** True when the text has come to its ending. */
  push(token) {
    this.#tokens.push(token);
    const text = model.weights.detokenize(this.#tokens, false, this.#said);
    if (text.endsWith('\uFFFD') && this.#tokens.length < longestCharacter) return false;
    this.#said = [...this.#said, ...this.#tokens].slice(-8);
    this.#tokens = [];
    this.#held += text;
    if (this.#ending === null) this.#release(this.#held.length);
    else {
      const at = this.#held.indexOf(this.#ending);
      if (at >= 0) {
        this.#held = this.#held.slice(0, at);
        return true;
      }
      this.#release(this.#held.length - this.#partOfEnding());
    }
    return false;
  }

  end() {
    if (this.#tokens.length > 0) this.#held += model.weights.detokenize(this.#tokens, false, this.#said);
    this.#release(this.#held.length);
  }

  #release(length) {
    const piece = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    if (piece !== '') this.#emit(piece);
  }

  #partOfEnding() {
    const longest = Math.min(this.#ending.length - 1, this.#held.length);
    for (let length = longest; length > 0; length--) {
      if (this.#held.endsWith(this.#ending.slice(0, length))) return length;
    }
    return 0;
  }
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
