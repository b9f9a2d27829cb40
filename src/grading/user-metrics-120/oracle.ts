import { mean } from '../../core/statistics.ts';
import type { DateRange, User } from './inputs.ts';

/** A user with all five keys and sound values. */
export interface CompleteUser extends User {
  readonly last_login: string;
  readonly posts: number;
  readonly comments: number;
  readonly likes: number;
  readonly days_active: number;
}

export interface Expected {
  readonly average: number;
  readonly count: number;
  /** `posts` of the top performers, in order (posts are unique within a twin and serve as names). */
  readonly top: readonly number[];
}

/** What the challenge's text asks for; users must be complete with positive `days_active`. */
export function expectedMetrics(users: readonly CompleteUser[], range: DateRange): Expected {
  const active = users.filter((user) => range.start <= user.last_login && user.last_login <= range.end);
  const ranked = [...active].sort((a, b) => engagement(b) - engagement(a));
  return {
    average: meanOf(active.map(engagement)),
    count: active.length,
    top: ranked.slice(0, 5).map((user) => user.posts),
  };
}

export function engagement(user: CompleteUser): number {
  return activity(user) / user.days_active;
}

/** The engagement formula's numerator; what is missing counts 0. */
function activity(user: User): number {
  const posts = typeof user.posts === 'number' ? user.posts : 0;
  return posts * 2 + (user.comments ?? 0) * 1.5 + (user.likes ?? 0) * 0.1;
}

/**
 * Every average that a sound program may give when some active users have no usable `days_active`, or
 * lack other keys: the text does not say whether such a user counts with engagement 0, as if active for
 * a day, or not at all.
 */
export function acceptableAverages(users: readonly User[]): readonly number[] {
  const asZero = (user: User): number => (user.days_active ? activity(user) / user.days_active : 0);
  const asOneDay = (user: User): number => activity(user) / (user.days_active || 1);
  const hasDays = users.filter((user) => user.days_active);
  const complete = users.filter((user) => user.days_active && isComplete(user));
  return [
    meanOf(users.map(asZero)),
    meanOf(users.map(asOneDay)),
    meanOf(hasDays.map(asZero)),
    meanOf(complete.map(asZero)),
    meanOf(users.map((user) => (isComplete(user) ? asZero(user) : 0))),
  ];
}

function isComplete(user: User): boolean {
  return [user.last_login, user.posts, user.comments, user.likes, user.days_active].every(
    (value) => value !== undefined,
  );
}

function meanOf(values: readonly number[]): number {
  return mean(values) ?? 0;
}
