import { own } from '../../core/records.ts';
import type { PythonValue } from '../grader.ts';

/**
 * Python source whose value is the given data, `null` where that cannot be told: an object of some class,
 * a value that was cut. The text is made here letter by letter or checked against a pattern, since the
 * values come from a hostile program.
 */
export function literalOf(value: PythonValue): string | null {
  switch (value.type) {
    case 'none':
      return 'None';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
      return integerLiteral(value.value);
    case 'float':
      return /^-?(?:nan|inf)$/.test(value.value) ? `float("${value.value}")` : value.value;
    case 'str':
      return JSON.stringify(value.value);
    case 'list':
    case 'tuple':
    case 'set':
      return sequenceLiteral(value);
    case 'dict':
      return dictLiteral(value.entries);
    case 'object':
      return objectLiteral(value.className, value.repr);
    case 'cut':
      return null;
  }
}

/** Python reads no decimal of more than 4,300 digits. */
function integerLiteral(digits: string): string {
  if (digits.length < 4_000) return digits;
  return digits.startsWith('-')
    ? `-0x${BigInt(digits.slice(1)).toString(16)}`
    : `0x${BigInt(digits).toString(16)}`;
}

type Sequence = Extract<PythonValue, { type: 'list' | 'tuple' | 'set' }>;

function sequenceLiteral({ type, items, className }: Sequence): string | null {
  const parts = items.map(literalOf);
  if (parts.includes(null)) return null;
  const body = parts.join(',');
  if (className === 'deque') return `__import__("collections").deque([${body}])`;
  if (type === 'list') return `[${body}]`;
  if (type === 'tuple') return parts.length === 0 ? '()' : `(${body},)`;
  return `${className === 'frozenset' ? 'frozenset' : 'set'}([${body}])`;
}

function dictLiteral(entries: Extract<PythonValue, { type: 'dict' }>['entries']): string | null {
  const parts: string[] = [];
  for (const [key, item] of entries) {
    const [left, right] = [literalOf(key), literalOf(item)];
    if (left === null || right === null) return null;
    parts.push(`${left}:${right}`);
  }
  return `{${parts.join(',')}}`;
}

const number = String.raw`-?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)`;
const readable: Readonly<Record<string, { readonly form: RegExp; write(text: string): string }>> = {
  bytes: {
    form: /^b(?:'(?:[^'\\\n]|\\(?:['"\\nrt]|x[0-9a-f]{2}))*'|"(?:[^"\\\n]|\\(?:['"\\nrt]|x[0-9a-f]{2}))*")$/,
    write: (text) => text,
  },
  range: { form: /^range\(-?\d+, -?\d+(?:, -?\d+)?\)$/, write: (text) => text },
  complex: {
    form: new RegExp(String.raw`^\(?(?:${number})?(?:[+]?${number}j)?\)?$`),
    write: (text) => `complex("${text}")`,
  },
  Decimal: {
    form: /^Decimal\('-?(?:\d+(?:\.\d*)?(?:E[+-]?\d+)?|Infinity|s?NaN)'\)$/,
    write: (text) => `__import__("decimal").${text}`,
  },
};

function objectLiteral(className: string, repr: string | undefined): string | null {
  const kind = own(readable, className);
  return kind !== undefined && repr !== undefined && kind.form.test(repr) ? kind.write(repr) : null;
}
