type Flat<T> = { [Key in keyof T]: T[Key] };

/** The keys of `T` that may be undefined, made optional; the others as they are. */
type Defined<T> = Flat<
  { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
    [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
  }
>;

/**
 * The same object without the keys whose value is undefined, in the same order. Under
 * `exactOptionalPropertyTypes` an absent key and one that holds undefined differ; this is the one way from the
 * second to the first.
 */
export function defined<const T extends object>(values: T): Defined<T>;
export function defined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key in values) if (values[key] !== undefined) kept[key] = values[key];
  return kept;
}
