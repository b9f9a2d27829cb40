/**
 * A language model of 100 thousand random weights in a GGUF file (version 3, F32): enough to load,
 * tokenize and sample from, useless otherwise. Written by hand after the format's specification
 * (ggml describes it in its gguf.md), so that no test needs a download.
 */
import { writeFileSync } from 'node:fs';
import { createRng, type Rng } from '../../src/core/rng.ts';

export interface TinyModelOptions {
  /** Of the weights. Default 1. */
  readonly seed?: number;
  /** Tokens that the file says the model was trained for. Default 2048. */
  readonly contextTokens?: number;
  /** Jinja chat template; `null` for none. Default: a plain one. */
  readonly template?: string | null;
}

const width = 64;
const heads = 4;
const inner = 128;
const layers = 2;
/** Tensors and their section begin at multiples of it. */
const alignment = 32;

const plainTemplate =
  "{% for m in messages %}{{ '<s>' + m['role'] + ': ' + m['content'] + '</s>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<s>assistant: ' }}{% endif %}";

export function writeTinyModel(file: string, options: TinyModelOptions = {}): void {
  const { seed = 1, contextTokens = 2048, template = plainTemplate } = options;
  const vocabulary = createVocabulary();
  const tensors = createTensors(vocabulary.length, createRng(seed));
  const entries = metadata(vocabulary, contextTokens, template);
  let offset = 0;
  const index = tensors.map(({ name, shape, data }) => {
    const entry = [
      string(name),
      uint32(shape.length),
      ...shape.map(uint64),
      uint32(tensorF32),
      uint64(offset),
    ];
    offset += padded(data).length;
    return Buffer.concat(entry);
  });
  const counts = [uint32(3), uint64(tensors.length), uint64(entries.length)];
  const head = Buffer.concat([Buffer.from('GGUF'), ...counts, ...entries, ...index]);
  writeFileSync(file, Buffer.concat([padded(head), ...tensors.map(({ data }) => padded(data))]));
}

interface Word {
  readonly text: string;
  readonly score: number;
  readonly type: (typeof tokenTypes)[keyof typeof tokenTypes];
}

const tokenTypes = { normal: 1, unknown: 2, control: 3, unused: 5, byte: 6 } as const;

/** SentencePiece with a token for each byte, so that any text can be written. */
function createVocabulary(): Word[] {
  const words: Word[] = [
    { text: '<unk>', score: 0, type: tokenTypes.unknown },
    { text: '<s>', score: 0, type: tokenTypes.control },
    { text: '</s>', score: 0, type: tokenTypes.control },
  ];
  for (let byte = 0; byte < 256; byte++) {
    const hex = byte.toString(16).toUpperCase().padStart(2, '0');
    words.push({ text: `<0x${hex}>`, score: 0, type: tokenTypes.byte });
  }
  const letters = `▁etaoinshrdlucmfwypvbgkjqxz.,:;!?()[]{}"'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-=+*/<>`;
  for (const text of [...letters, '▁the', '▁a', 'in', 'he', 'an', 're', 'on', 'th', 'er']) {
    words.push({ text, score: 256 - words.length, type: tokenTypes.normal });
  }
  while (words.length % 32 > 0) words.push({ text: `<x${words.length}>`, score: 0, type: tokenTypes.unused });
  return words;
}

interface Tensor {
  readonly name: string;
  /** Innermost dimension first, as the format has it. */
  readonly shape: readonly number[];
  readonly data: Buffer;
}

function createTensors(words: number, rng: Rng): Tensor[] {
  const tensor = (name: string, shape: readonly number[], value: () => number): Tensor => {
    const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value);
    return { name: `${name}.weight`, shape, data: Buffer.from(numbers.buffer) };
  };
  const one = (): number => 1;
  const random = (): number => (rng.next() - 0.5) * 0.4;
  const layer = (at: number): Tensor[] => [
    tensor(`blk.${at}.attn_norm`, [width], one),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) =>
      tensor(`blk.${at}.${name}`, [width, width], random),
    ),
    tensor(`blk.${at}.ffn_norm`, [width], one),
    tensor(`blk.${at}.ffn_gate`, [width, inner], random),
    tensor(`blk.${at}.ffn_up`, [width, inner], random),
    tensor(`blk.${at}.ffn_down`, [inner, width], random),
  ];
  return [
    tensor('token_embd', [width, words], random),
    ...Array.from({ length: layers }, (_, at) => layer(at)).flat(),
    tensor('output_norm', [width], one),
    tensor('output', [width, words], random),
  ];
}

function metadata(vocabulary: readonly Word[], contextTokens: number, template: string | null): Buffer[] {
  return [
    textEntry('general.architecture', 'llama'),
    textEntry('general.name', 'tiny-random'),
    numberEntry('llama.context_length', contextTokens),
    numberEntry('llama.embedding_length', width),
    numberEntry('llama.block_count', layers),
    numberEntry('llama.feed_forward_length', inner),
    numberEntry('llama.attention.head_count', heads),
    numberEntry('llama.attention.head_count_kv', heads),
    numberEntry('llama.rope.dimension_count', width / heads),
    entry('llama.attention.layer_norm_rms_epsilon', valueTypes.float32, float32(1e-5)),
    numberEntry('llama.vocab_size', vocabulary.length),
    numberEntry('general.file_type', 0),
    textEntry('tokenizer.ggml.model', 'llama'),
    listEntry(
      'tokenizer.ggml.tokens',
      valueTypes.string,
      vocabulary.map(({ text }) => string(text)),
    ),
    listEntry(
      'tokenizer.ggml.scores',
      valueTypes.float32,
      vocabulary.map(({ score }) => float32(score)),
    ),
    listEntry(
      'tokenizer.ggml.token_type',
      valueTypes.int32,
      vocabulary.map(({ type }) => uint32(type)),
    ),
    numberEntry('tokenizer.ggml.bos_token_id', 1),
    numberEntry('tokenizer.ggml.eos_token_id', 2),
    numberEntry('tokenizer.ggml.unknown_token_id', 0),
    entry('tokenizer.ggml.add_bos_token', valueTypes.boolean, Buffer.from([1])),
    ...(template === null ? [] : [textEntry('tokenizer.chat_template', template)]),
  ];
}

const tensorF32 = 0;
const valueTypes = { uint32: 4, int32: 5, float32: 6, boolean: 7, string: 8, array: 9 } as const;

const entry = (key: string, type: number, value: Buffer): Buffer =>
  Buffer.concat([string(key), uint32(type), value]);
const textEntry = (key: string, value: string): Buffer => entry(key, valueTypes.string, string(value));
const numberEntry = (key: string, value: number): Buffer => entry(key, valueTypes.uint32, uint32(value));
const listEntry = (key: string, type: number, items: readonly Buffer[]): Buffer =>
  entry(key, valueTypes.array, Buffer.concat([uint32(type), uint64(items.length), ...items]));

function padded(data: Buffer): Buffer {
  const rest = data.length % alignment;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(alignment - rest)]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function float32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}
