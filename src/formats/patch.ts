import { canonicalJson } from '../core/canonical-json.ts';
import { isRecord, own } from '../core/records.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

export const equal = (a: unknown, b: unknown): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));

/**
 * The original document with what has changed between two readings of it: `before` is the document as we would
 * have written it, `after` as we write it now. What did not change keeps the original's form, key by key, and
 * keys that we do not know stay. Items of lists are matched by name, else by place.
 * @param full also writes what did not change and the original leaves to its defaults.
 */
export function patched(original: unknown, before: unknown, after: unknown, full = false): unknown {
  if (equal(before, after) && !(full && isRecord(original))) return original;
  if (isRecord(original) && isRecord(before) && isRecord(after))
    return patchedRecord(original, before, after, full);
  if (Array.isArray(original) && Array.isArray(before) && Array.isArray(after)) {
    return after.map((item: unknown, index) => {
      const was = matching(before, item, index, after);
      const own = matching(original, item, index, after);
      return was === undefined || own === undefined ? item : patched(own, was, item, full);
    });
  }
  return after;
}

function patchedRecord(
  original: JsonRecord,
  before: JsonRecord,
  after: JsonRecord,
  full: boolean,
): JsonRecord {
  const kept = Object.entries(original).flatMap(([key, value]) => {
    if (Object.hasOwn(after, key)) return [[key, patched(value, own(before, key), after[key], full)]];
    return Object.hasOwn(before, key) ? [] : [[key, value]];
  });
  const added = Object.entries(after).filter(
    ([key, value]) => !Object.hasOwn(original, key) && (full || !equal(own(before, key), value)),
  );
  return Object.fromEntries([...kept, ...added]);
}

/** By name; where no item has the name, the one at the same place, unless another item of the new list is that one. */
function matching(list: readonly unknown[], item: unknown, index: number, all: readonly unknown[]): unknown {
  const name = nameOf(item);
  if (name === undefined) return list[index];
  const same = list.find((other) => nameOf(other) === name);
  if (same !== undefined) return same;
  const there = nameOf(list[index]);
  return all.some((other) => nameOf(other) === there) ? undefined : list[index];
}

const nameOf = (item: unknown): string | undefined =>
  isRecord(item) && typeof item.name === 'string' ? item.name : undefined;
