/**
 * The element at an index that is known to be inside. Where it is not, the caller's count is wrong: a bug, and it
 * throws instead of going on with undefined. Not for innermost loops over numbers, where one function shared by
 * all kinds of arrays is several times dearer than the plain index.
 */
export function elementAt<Element>(elements: ArrayLike<Element>, index: number): Element {
  const element = elements[index];
  if (element === undefined) throw new RangeError(`no element at ${index} of ${elements.length}`);
  return element;
}

/** The value of a key that is known to be there; where it is not, that is a bug, and it throws. */
export function valueAt<Key, Value>(values: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = values.get(key);
  if (value === undefined) throw new RangeError(`no value for ${String(key)}`);
  return value;
}

/** {@link elementAt} for innermost loops over lists of numbers; for a `Float64Array` there is `float64At` in linear.ts. */
export function numberAt(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no number at ${index} of ${values.length}`);
  return value;
}
