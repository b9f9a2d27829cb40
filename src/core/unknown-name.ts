import { InputError, type InputIssue } from './errors.ts';
import { suggest } from './suggest.ts';

/** A name that is none of those known, with the one that was probably meant. */
export function unknownName(
  source: string,
  expected: string,
  found: string,
  known: readonly string[],
  place: Partial<Pick<InputIssue, 'path' | 'line'>> = {},
): InputError {
  const suggestion = suggest(found, known);
  return new InputError(source, { ...place, expected, found: JSON.stringify(found), suggestion });
}
