import { elementAt } from '../core/element-at.ts';
import type { PythonValue } from './grader.ts';

/**
 * Python's own semantics over data that left the sandbox: equality, length, indexing, iteration,
 * arithmetic with a float. What would raise in Python throws {@link PythonRaised} here.
 *
 * A value of type `object` (a generator, an instance of some class) has no length, no items, no `.get`
 * and equals nothing: whatever methods it defines stay inside the sandbox and cannot argue.
 */
export class PythonRaised extends Error {
  readonly exception: string;
  constructor(exception: string, message: string) {
    super(message);
    this.name = 'PythonRaised';
    this.exception = exception;
  }
}

/** Python data from plain JavaScript: whole numbers become `int`, others `float`, `null` becomes `None`. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainRecord;
interface PlainRecord {
  readonly [key: string]: Plain | undefined;
}

export function toPython(value: Plain): PythonValue {
  if (value === null) return { type: 'none' };
  switch (typeof value) {
    case 'boolean':
      return { type: 'bool', value };
    case 'number':
      return Number.isInteger(value)
        ? { type: 'int', value: BigInt(value).toString() }
        : { type: 'float', value: String(value) };
    case 'string':
      return { type: 'str', value };
    default:
      return isPlainList(value) ? listOf(value.map(toPython)) : dictOf(value);
  }
}

function isPlainList(value: readonly Plain[] | PlainRecord): value is readonly Plain[] {
  return Array.isArray(value);
}

function dictOf(value: PlainRecord): PythonValue {
  const entries = Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : [[{ type: 'str', value: key }, toPython(inner)] as const],
  );
  return { type: 'dict', entries, className: 'dict' };
}

export function listOf(items: readonly PythonValue[]): PythonValue {
  return { type: 'list', items, className: 'list' };
}

/** The name that Python's `type(value).__name__` gives. */
export function typeName(value: PythonValue): string {
  switch (value.type) {
    case 'none':
      return 'NoneType';
    case 'list':
    case 'tuple':
    case 'set':
    case 'dict':
    case 'object':
      return value.className;
    case 'cut':
      return `cut (${value.reason})`;
    default:
      return value.type;
  }
}

export function isDict(value: PythonValue): value is Extract<PythonValue, { type: 'dict' }> {
  return value.type === 'dict';
}

/** `value.get(key, fallback)`; raises AttributeError for what is no dict. */
export function getKey(
  value: PythonValue,
  key: string,
  fallback: PythonValue = { type: 'none' },
): PythonValue {
  if (!isDict(value)) {
    throw new PythonRaised('AttributeError', `'${typeName(value)}' object has no attribute 'get'`);
  }
  return findEntry(value, { type: 'str', value: key }) ?? fallback;
}

export function hasKey(value: PythonValue, key: string): boolean {
  return isDict(value) && findEntry(value, { type: 'str', value: key }) !== undefined;
}

/** `len(value)`. */
export function lengthOf(value: PythonValue): number {
  switch (value.type) {
    case 'str':
      return [...value.value].length;
    case 'list':
    case 'tuple':
    case 'set':
      return value.items.length;
    case 'dict':
      return value.entries.length;
    default:
      throw new PythonRaised('TypeError', `object of type '${typeName(value)}' has no len()`);
  }
}

/** `value[index]`, with negative indices from the end. */
export function itemAt(value: PythonValue, index: number): PythonValue {
  if (isDict(value)) {
    const found = findEntry(value, { type: 'int', value: String(index) });
    if (found === undefined) throw new PythonRaised('KeyError', String(index));
    return found;
  }
  if (value.type !== 'list' && value.type !== 'tuple' && value.type !== 'str') {
    throw new PythonRaised('TypeError', `'${typeName(value)}' object is not subscriptable`);
  }
  const items = iterate(value);
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw new PythonRaised('IndexError', `${value.type} index out of range`);
  return item;
}

/** The items of `for item in value`. */
export function iterate(value: PythonValue): readonly PythonValue[] {
  switch (value.type) {
    case 'str':
      return [...value.value].map((character) => ({ type: 'str', value: character }));
    case 'list':
    case 'tuple':
    case 'set':
      return value.items;
    case 'dict':
      return value.entries.map(([key]) => key);
    default:
      throw new PythonRaised('TypeError', `'${typeName(value)}' object is not iterable`);
  }
}

/** `left == right`: `True == 1 == 1.0`, NaN equals nothing, a subclass equals by its content. */
export function pythonEquals(left: PythonValue, right: PythonValue): boolean {
  const leftNumber = numericOf(left);
  const rightNumber = numericOf(right);
  if (leftNumber !== undefined && rightNumber !== undefined) return numbersEqual(leftNumber, rightNumber);
  if (left.type !== right.type) return false;
  if (left.type === 'none') return true;
  if (left.type === 'str' && right.type === 'str') return left.value === right.value;
  if (isDict(left) && isDict(right)) return dictsEqual(left, right);
  if (left.type === 'set' && right.type === 'set') return setsEqual(left.items, right.items);
  if (hasItems(left) && hasItems(right)) {
    return (
      left.items.length === right.items.length &&
      left.items.every((item, index) => pythonEquals(item, elementAt(right.items, index)))
    );
  }
  return false;
}

export function equalsNumber(value: PythonValue, number: number): boolean {
  return pythonEquals(value, toPython(number));
}

/**
 * `abs(value - number)` for a float `number`. Objects of the two standard number classes that Python
 * can subtract a float from are NaN here (their value stays inside); all other objects raise.
 */
export function distance(value: PythonValue, number: number): number {
  if (value.type === 'object' && (value.className === 'complex' || value.className === 'Fraction')) {
    return Number.NaN;
  }
  const numeric = numericOf(value);
  if (numeric === undefined) {
    throw new PythonRaised(
      'TypeError',
      `unsupported operand type(s) for -: '${typeName(value)}' and 'float'`,
    );
  }
  const float = numeric.kind === 'float' ? numeric.value : Number(numeric.digits);
  if (numeric.kind === 'int' && !Number.isFinite(float)) {
    throw new PythonRaised('OverflowError', 'int too large to convert to float');
  }
  return Math.abs(float - number);
}

/** `len(set(values))`; raises TypeError for what cannot be hashed. */
export function distinctCount(values: readonly PythonValue[]): number {
  const distinct: PythonValue[] = [];
  for (const value of values) {
    if (!isHashable(value)) throw new PythonRaised('TypeError', `unhashable type: '${typeName(value)}'`);
    if (!distinct.some((other) => pythonEquals(other, value))) distinct.push(value);
  }
  return distinct.length;
}

type Numeric =
  | { readonly kind: 'int'; readonly digits: string }
  | { readonly kind: 'float'; readonly value: number };

function numericOf(value: PythonValue): Numeric | undefined {
  if (value.type === 'bool') return { kind: 'int', digits: value.value ? '1' : '0' };
  if (value.type === 'int') return { kind: 'int', digits: value.value };
  if (value.type === 'float') return { kind: 'float', value: Number(value.value.replace('inf', 'Infinity')) };
  return undefined;
}

/** The largest float has 309 digits: a longer integer equals none. */
const longestFloatDigits = 310;

function numbersEqual(left: Numeric, right: Numeric): boolean {
  if (left.kind === 'float')
    return right.kind === 'float' ? left.value === right.value : intEqualsFloat(right, left);
  return right.kind === 'float' ? intEqualsFloat(left, right) : left.digits === right.digits;
}

function intEqualsFloat(
  int: Extract<Numeric, { kind: 'int' }>,
  float: Extract<Numeric, { kind: 'float' }>,
): boolean {
  if (!Number.isInteger(float.value) || int.digits.length > longestFloatDigits) return false;
  return BigInt(int.digits) === BigInt(float.value);
}

function hasItems(value: PythonValue): value is Extract<PythonValue, { type: 'list' | 'tuple' | 'set' }> {
  return value.type === 'list' || value.type === 'tuple' || value.type === 'set';
}

type Dict = Extract<PythonValue, { type: 'dict' }>;

function findEntry(dict: Dict, key: PythonValue): PythonValue | undefined {
  return dict.entries.find(([candidate]) => pythonEquals(candidate, key))?.[1];
}

function dictsEqual(left: Dict, right: Dict): boolean {
  return (
    left.entries.length === right.entries.length &&
    left.entries.every(([key, value]) => {
      const other = findEntry(right, key);
      return other !== undefined && pythonEquals(value, other);
    })
  );
}

function setsEqual(left: readonly PythonValue[], right: readonly PythonValue[]): boolean {
  return (
    left.length === right.length && left.every((item) => right.some((other) => pythonEquals(item, other)))
  );
}

function isHashable(value: PythonValue): boolean {
  if (value.type === 'list' || value.type === 'dict') return false;
  if (value.type === 'set') return value.className === 'frozenset';
  return value.type !== 'tuple' || value.items.every(isHashable);
}
