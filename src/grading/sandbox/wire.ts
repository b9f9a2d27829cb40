import { defined } from '../../core/defined.ts';
import { parsedJson } from '../../core/json.ts';
import { isRecord } from '../../core/records.ts';
import type { PythonCallOutcome, PythonScriptJob, PythonValue } from '../grader.ts';

/** What came out of a worker is not what the harness writes: a program has tampered with it. */
export class MalformedResult extends Error {
  override readonly name = 'MalformedResult';
}

/** The worker's view of a job: texts for the harness's `load` and `call` (format: runtime/harness.py). */
export interface WireJob {
  readonly load: string;
  readonly calls: readonly string[];
  /** Of the program's own time, for loading and all calls. */
  readonly limitMs: number;
}

/**
 * @throws TypeError when an argument is not plain data (`object`, `cut`) or a number is not Python's: the
 *   caller's mistake, since arguments are ours.
 */
export function encodeJob(job: PythonScriptJob, limitMs: number): WireJob {
  const source = job.source.startsWith('\uFEFF') ? job.source.slice(1) : job.source;
  const functions = [...new Set(job.calls.map((call) => call.function))];
  const calls = job.calls.map((call) => {
    const plain = call.args.every(isPlain);
    const args = call.args.map(plain ? encodePlain : encodeTagged);
    const untold = call.argsAfter === false ? ',false' : '';
    return `[${JSON.stringify(call.function)},[${args.join(',')}],${!plain}${untold}]`;
  });
  const expressions = (job.expressions ?? []).map((text) => JSON.stringify([null, [text], false]));
  return { load: JSON.stringify([source, functions]), calls: [...calls, ...expressions], limitMs };
}

/** Python's JSON reader refuses longer integers. */
const longestDecimal = 4_000;

/** Whether Python's own JSON reader, in C, gives the value as it is. */
function isPlain(value: PythonValue): boolean {
  switch (value.type) {
    case 'int':
      return value.value.length <= longestDecimal;
    case 'list':
      return value.items.every(isPlain);
    case 'dict':
      return value.entries.every(([key, item]) => key.type === 'str' && isPlain(item));
    default:
      return value.type !== 'tuple' && value.type !== 'set';
  }
}

function encodePlain(value: PythonValue): string {
  if (value.type === 'list') return `[${value.items.map(encodePlain).join(',')}]`;
  if (value.type === 'dict') {
    return `{${value.entries.map(([key, item]) => `${encodePlain(key)}:${encodePlain(item)}`).join(',')}}`;
  }
  return encodeScalar(value);
}

function encodeTagged(value: PythonValue): string {
  switch (value.type) {
    case 'int':
      return value.value.length <= longestDecimal
        ? encodeScalar(value)
        : `["i","${toHexadecimal(value.value)}"]`;
    case 'list':
    case 'tuple':
    case 'set':
      return `["${value.type.charAt(0)}",[${value.items.map(encodeTagged).join(',')}]]`;
    case 'dict':
      return `["d",[${value.entries.flat().map(encodeTagged).join(',')}]]`;
    default:
      return encodeScalar(value);
  }
}

const integerPattern = /^-?(0|[1-9]\d*)$/;
const floatPattern = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/;

function encodeScalar(value: PythonValue): string {
  switch (value.type) {
    case 'none':
      return 'null';
    case 'bool':
      return String(value.value);
    case 'str':
      return JSON.stringify(value.value);
    case 'int':
      if (integerPattern.test(value.value)) return value.value;
      break;
    case 'float':
      if (value.value === 'nan') return 'NaN';
      if (value.value === 'inf') return 'Infinity';
      if (value.value === '-inf') return '-Infinity';
      if (floatPattern.test(value.value)) return /[.e]/.test(value.value) ? value.value : `${value.value}.0`;
      break;
    default:
  }
  throw new TypeError(`a Python argument must be plain data, found ${JSON.stringify(value).slice(0, 100)}`);
}

function toHexadecimal(decimal: string): string {
  const value = BigInt(decimal);
  return value < 0n ? `-${(-value).toString(16)}` : value.toString(16);
}

/** `null` when the program loaded and has every function that was asked for. */
export function decodeLoad(text: string): { readonly exception: string; readonly message: string } | null {
  const record = parseRecord(text);
  return 'exception' in record ? decodeException(record) : null;
}

/** @throws MalformedResult */
export function decodeCall(text: string): PythonCallOutcome {
  const record = parseRecord(text);
  if ('exception' in record) return { kind: 'raised', ...decodeException(record) };
  if (!('value' in record) || !Array.isArray(record.after))
    throw new MalformedResult('neither value nor error');
  return {
    kind: 'returned',
    value: decodeValue(record.value, 0),
    argsAfter: record.after.map((item: unknown) => decodeValue(item, 0)),
  };
}

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  const parsed = parsedJson(text);
  if (!isRecord(parsed)) throw new MalformedResult(parsed === undefined ? 'not JSON' : 'not a record');
  return parsed;
}

function decodeException(record: Readonly<Record<string, unknown>>): { exception: string; message: string } {
  return { exception: text(record.exception), message: text(record.message) };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new MalformedResult('text expected');
  return value;
}

/** The harness stops at 100; what is deeper was not written by it. */
const deepest = 150;

function decodeValue(wire: unknown, depth: number): PythonValue {
  if (wire === null) return { type: 'none' };
  if (typeof wire === 'string') return { type: 'str', value: wire };
  if (typeof wire === 'boolean') return { type: 'bool', value: wire };
  if (typeof wire === 'number') {
    if (!Number.isSafeInteger(wire)) throw new MalformedResult('number out of range');
    return { type: 'int', value: String(wire) };
  }
  if (!Array.isArray(wire) || depth > deepest) throw new MalformedResult('unknown value');
  return decodeTagged(wire, depth);
}

const containers = { l: 'list', t: 'tuple', s: 'set' } as const;

function decodeTagged(wire: readonly unknown[], depth: number): PythonValue {
  const [tag, body, extra] = wire;
  switch (tag) {
    case 'i':
      return { type: 'int', value: fromHexadecimal(text(body)) };
    case 'f':
      return { type: 'float', value: floatText(body) };
    case 'I': {
      const base = decodeValue(body, depth + 1);
      return base.type === 'int' ? { ...base, className: text(extra) } : base;
    }
    case 'F':
      return { type: 'float', value: floatText(body), className: text(extra) };
    case 'S': {
      const base = decodeValue(body, depth + 1);
      return base.type === 'str' ? { ...base, className: text(extra) } : base;
    }
    case 'l':
    case 't':
    case 's': {
      const type = containers[tag];
      const items = list(body).map((item) => decodeValue(item, depth + 1));
      return { type, items, className: extra === undefined ? type : text(extra) };
    }
    case 'd':
      return {
        type: 'dict',
        entries: pairs(list(body), depth + 1),
        className: extra === undefined ? 'dict' : text(extra),
      };
    case 'o':
      return {
        type: 'object',
        className: text(body),
        ...defined({ repr: extra === undefined ? extra : text(extra) }),
      };
    case 'c':
      return { type: 'cut', reason: text(body) };
    default:
      throw new MalformedResult('unknown tag');
  }
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedResult('list expected');
  return value;
}

function pairs(flat: readonly unknown[], depth: number): (readonly [PythonValue, PythonValue])[] {
  if (flat.length % 2 !== 0) throw new MalformedResult('odd number of keys and values');
  const entries: (readonly [PythonValue, PythonValue])[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    entries.push([decodeValue(flat[i], depth), decodeValue(flat[i + 1], depth)]);
  }
  return entries;
}

function floatText(value: unknown): string {
  const repr = text(value);
  if (!floatPattern.test(repr) && !/^(nan|-?inf)$/.test(repr)) throw new MalformedResult('float expected');
  return repr;
}

function fromHexadecimal(hexadecimal: string): string {
  if (!/^-?[0-9a-f]{1,110000}$/.test(hexadecimal)) throw new MalformedResult('integer expected');
  const negative = hexadecimal.startsWith('-');
  const digits = BigInt(`0x${negative ? hexadecimal.slice(1) : hexadecimal}`).toString();
  return negative ? `-${digits}` : digits;
}
