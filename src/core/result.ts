import { asError } from './errors.ts';

/** An expected outcome as a value. Bugs throw; failures a caller must handle are results. */
export type Result<Value, Failure> = Ok<Value> | Err<Failure>;
export type Ok<Value> = { readonly ok: true; readonly value: Value };
export type Err<Failure> = { readonly ok: false; readonly error: Failure };

export const ok = <Value>(value: Value): Ok<Value> => ({ ok: true, value });
export const err = <Failure>(error: Failure): Err<Failure> => ({ ok: false, error });

/**
 * The value of a result, or a throw of its error (for callers to whom failure is final).
 * @example
 * import { loadTask, unwrap } from 'mixtune';
 *
 * const task = unwrap(await loadTask('contest-math', { tasksFolders: ['tasks'] }));
 */
export function unwrap<Value, Failure>(result: Result<Value, Failure>): Value {
  if (result.ok) return result.value;
  throw asError(result.error);
}
