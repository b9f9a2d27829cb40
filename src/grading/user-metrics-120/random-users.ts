import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import type { DateRange } from './inputs.ts';
import { type CompleteUser, engagement } from './oracle.ts';

/** Days over which engagement has at most two decimals, so that rounding cannot reorder users. */
const roundDays = [1, 2, 5, 10] as const;
/** Least distance between two users' engagement: no ties, whatever a program rounds. */
const leastGap = 0.1;
const millisecondsPerDay = 86_400_000;

/** A range of 10 to 60 days in the years 2019 to 2026. */
export function randomRange(rng: Rng): DateRange {
  const first = Date.UTC(2019, 0, 1) / millisecondsPerDay + rng.integer(2_800);
  return { start: dayText(first), end: dayText(first + 10 + rng.integer(51)) };
}

/** A day inside the range, its ends included. */
export function dayWithin(rng: Rng, range: DateRange): string {
  const first = dayNumber(range.start);
  return dayText(first + rng.integer(dayNumber(range.end) - first + 1));
}

/** A day up to 90 days before or after the range. */
export function dayOutside(rng: Rng, range: DateRange): string {
  const away = 1 + rng.integer(90);
  return rng.next() < 0.5 ? dayText(dayNumber(range.start) - away) : dayText(dayNumber(range.end) + away);
}

/**
 * Users with the given logins, unique `posts` and clearly different engagement, whose order by
 * engagement is not their order by posts wherever there are three or more.
 */
export function randomUsers(rng: Rng, logins: readonly string[]): CompleteUser[] {
  for (;;) {
    const posts = rng.shuffle(Array.from({ length: 60 }, (_, index) => index + 1));
    const users = logins.map((last_login, index) => ({
      last_login,
      posts: elementAt(posts, index % posts.length),
      comments: rng.integer(41),
      likes: 1 + rng.integer(90),
      days_active: rng.pick(roundDays),
    }));
    if (areSeparated(users) && (users.length < 3 || !isOrderedByPosts(users))) return users;
  }
}

/** Many users, all active for ten days, the best of them by a clear distance. */
export function randomCrowd(rng: Rng, range: DateRange, size: number): CompleteUser[] {
  const posts = rng.shuffle(Array.from({ length: size }, (_, index) => index));
  const ranks = rng.shuffle(Array.from({ length: size }, (_, index) => index));
  return posts.map((own, index) => ({
    last_login: dayWithin(rng, range),
    posts: own,
    // 12 a rank outweighs twice the posts' fraction below: the ranks alone decide.
    comments: 2 * size + 8 * elementAt(ranks, index),
    likes: 20 * (size - own),
    days_active: 10,
  }));
}

function areSeparated(users: readonly CompleteUser[]): boolean {
  const sorted = users.map(engagement).sort((a, b) => a - b);
  return sorted.every((value, index) => index === 0 || value - elementAt(sorted, index - 1) >= leastGap);
}

function isOrderedByPosts(users: readonly CompleteUser[]): boolean {
  const byPosts = [...users].sort((a, b) => b.posts - a.posts).map(engagement);
  return byPosts.every((value, index) => index === 0 || value < elementAt(byPosts, index - 1));
}

function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / millisecondsPerDay;
}

function dayText(day: number): string {
  return new Date(day * millisecondsPerDay).toISOString().slice(0, 10);
}
