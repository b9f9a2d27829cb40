import { isRecord, own } from '../../core/records.ts';

/** Values of a data file's fields: what they are, and how a path reaches inside them. */

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** What a value is, for error texts: short, with the value where it is short itself. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${typeof value} ${text.slice(0, 57)}…` : text;
}

/** The steps of `messages[0].content` or `messages.0.content`; a number counts from the end where negative. */
export function stepsOf(path: string): string[] {
  return path.replaceAll(/\[(-?\d+)\]/g, '.$1').split('.');
}

/**
 * A field by its name, else by the path that the name spells. A number is a place in a list (`-1`: the
 * last); a name on a list of objects gives each one's field.
 */
export function valueAt(values: Readonly<Record<string, unknown>>, field: string): unknown {
  if (Object.hasOwn(values, field)) return values[field];
  return stepsOf(field).reduce<unknown>(stepInto, values);
}

function stepInto(value: unknown, step: string): unknown {
  if (Array.isArray(value)) {
    if (/^-?\d+$/.test(step)) return value.at(Number(step));
    const inside = value.map((item) => stepInto(item, step));
    return inside.length > 0 && inside.every((item) => item !== undefined) ? inside : undefined;
  }
  return isRecord(value) ? own(value, step) : undefined;
}

/** The path to a field of that name inside one of the values. */
export function pathInside(values: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const last = stepsOf(field).at(-1) ?? field;
  const outer = Object.entries(values).find(([, value]) => isRecord(value) && Object.hasOwn(value, last));
  return outer === undefined ? undefined : `${outer[0]}.${last}`;
}

/** Fields and, for objects, the paths to what stands inside: `id`, `question.text`; at most so many. */
export function pathsIn(values: Readonly<Record<string, unknown>>, most: number): string[] {
  return Object.entries(values)
    .flatMap(([name, value]) =>
      isRecord(value) && Object.keys(value).length > 0 && !/[.[\]]/.test(name)
        ? [name, ...pathsIn(value, most).map((inner) => `${name}.${inner}`)]
        : [name],
    )
    .slice(0, most);
}

/** All fields that rows have, in the order in which they come up. */
export function fieldsOf(rows: readonly { readonly values: Readonly<Record<string, unknown>> }[]): string[] {
  return [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
}
