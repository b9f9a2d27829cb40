import type { PythonJob, PythonValue } from '../grader.ts';
import { type Plain, toPython } from '../python-values.ts';

export const functionName = 'calculate_user_metrics';

/** Inclusive range of days, as "YYYY-MM-DD". */
export interface DateRange {
  readonly start: string;
  readonly end: string;
}

/** A user as the challenge describes one; a key may be absent and `posts` may hold rubbish. */
export interface User {
  readonly last_login?: string;
  readonly posts?: Plain;
  readonly comments?: number;
  readonly likes?: number;
  readonly days_active?: number;
}

export type PythonCall = PythonJob['calls'][number];

/** One positional call of the function; users become fresh dicts for every call. */
export function callWith(users: readonly User[], range: DateRange): PythonCall {
  const plain = users.map((user): Plain => ({ ...user }));
  return { function: functionName, args: [toPython(plain), toPython(range.start), toPython(range.end)] };
}

/** The first argument of a call as Python data. */
export function usersOf(call: PythonCall): PythonValue {
  return call.args[0] ?? { type: 'none' };
}

/** `last_login, posts, comments, likes, days_active` */
export function user(login: string, posts: Plain, comments: number, likes: number, days: number): User {
  return { last_login: login, posts, comments, likes, days_active: days };
}
