import { isRecord } from '../../core/records.ts';

/**
 * Names of classes by field from the features of a Hugging Face data set: as its server lists them
 * (`[{name, type}]`), or as files keep them (`{field: type}`).
 */
export function classNamesOf(features: unknown): Record<string, readonly string[]> | undefined {
  const typed = Array.isArray(features)
    ? features.flatMap((each) =>
        isRecord(each) && typeof each.name === 'string' ? [[each.name, each.type] as const] : [],
      )
    : isRecord(features)
      ? Object.entries(features)
      : [];
  const named = typed.flatMap(([field, type]) => {
    const names = isRecord(type) && type._type === 'ClassLabel' ? type.names : undefined;
    const isNames =
      Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string');
    return isNames ? [[field, names] as const] : [];
  });
  return named.length === 0 ? undefined : Object.fromEntries(named);
}
