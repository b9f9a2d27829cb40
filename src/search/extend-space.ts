import { z } from 'zod';
import type { InputError } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import type { Result } from '../core/result.ts';
import { type LineOf, parseWith } from '../domain/validation.ts';
import { searchSpaceSchema } from './space.ts';

const { name, prompts } = searchSpaceSchema.shape;

/** A space that says only what differs from another one. */
export const extendingSpaceSchema = searchSpaceSchema.partial().extend({
  name,
  /** The space that it builds on: a name, or a file beside this one. */
  extends: z.string().min(1),
  prompts: prompts.partial().optional(),
});

/** What a space builds on; `undefined` where it stands alone. */
export function baseOf(value: unknown): unknown {
  return isRecord(value) && Object.hasOwn(value, 'extends') ? value.extends : undefined;
}

/** The part of a space that names its base, checked before the base is looked for. */
export function parseExtending(
  value: unknown,
  source: string,
  lineOf?: LineOf,
): Result<{ readonly extends: string }, InputError> {
  return parseWith(extendingSpaceSchema, value, source, lineOf);
}

/**
 * A space with its base's members where it has none of its own: a list, a range or a text takes the place of the
 * base's; prompts do so role by role, and `stages` key by key. Both as they stand in their files.
 */
export function extendSpace(base: unknown, value: unknown): unknown {
  if (!isRecord(base) || !isRecord(value)) return base;
  const { extends: _base, ...changes } = value;
  const merged: Record<string, unknown> = { ...base, ...changes };
  for (const key of ['prompts', 'stages']) {
    const [below, above] = [base[key], changes[key]];
    if (isRecord(below) && isRecord(above)) merged[key] = { ...below, ...above };
  }
  return merged;
}
