import { elementAt } from '../../core/element-at.ts';
import { keysOf } from '../../core/records.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import type { PythonValue } from '../grader.ts';
import type { CallResult } from '../python-calls.ts';
import { distance, equalsNumber, getKey, iterate, PythonRaised, pythonEquals } from '../python-values.ts';
import { callWith, type PythonCall, type User, usersOf } from './inputs.ts';
import { acceptableAverages, expectedMetrics } from './oracle.ts';
import { dayOutside, dayWithin, randomCrowd, randomRange, randomUsers } from './random-users.ts';
import { type CheckName, topPerformersOf } from './rubric.ts';

/**
 * One random twin of a check's input: calls and what each must show. Where the check's own input has a
 * constant answer (an empty list, nobody active, "does not raise"), a control call with sound users goes
 * along, so that a program which computes nothing earns nothing.
 */
export interface Twin {
  readonly calls: readonly PythonCall[];
  /** `undefined` when the twin holds, else what was observed. */
  problem(results: readonly CallResult[]): string | undefined;
}

type Expectation = (result: Extract<CallResult, { kind: 'returned' }>) => string | undefined;
interface ExpectedCall {
  readonly call: PythonCall;
  readonly expect: Expectation;
}

/** At least five are asked for; six make a lucky hit rarer still. */
const twinsPerCheck = 6;

/** The rubric's tolerance, widened by what two roundings to two decimals may add in binary. */
const tolerance = 0.010001;

export function createTwins(seed: string | number): ReadonlyMap<CheckName, readonly Twin[]> {
  const rng = createRng(`user-metrics-120/strict/${seed}`);
  return new Map(
    keysOf(generators).map((name) => [
      name,
      Array.from({ length: twinsPerCheck }, (_, index) => twinOf(generators[name](rng.derive(name, index)))),
    ]),
  );
}

const generators: Record<CheckName, (rng: Rng) => readonly ExpectedCall[]> = {
  handles_division_by_zero: (rng) => {
    const { users, range } = activeUsers(rng, 2 + rng.integer(4));
    const idle = 1 + rng.integer(users.length - 1);
    const mixed = rng.shuffle(
      users.map((user, index) => (index < idle ? { ...user, days_active: 0 } : user)),
    );
    return [{ call: callWith(mixed, range), expect: averageIn(acceptableAverages(mixed)) }];
  },
  handles_empty_users_list: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(6));
    return [
      { call: callWith([], range), expect: countIs(0) },
      { call: callWith(users, range), expect: countIs(users.length) },
    ];
  },
  handles_missing_keys: (rng) => {
    const { users, range } = activeUsers(rng, 3 + rng.integer(3));
    const gaps = 1 + rng.integer(users.length - 1);
    const mixed = rng.shuffle(users.map((user, index) => (index < gaps ? withoutKeys(rng, user) : user)));
    return [{ call: callWith(mixed, range), expect: averageIn(acceptableAverages(mixed)) }];
  },
  correct_average_calculation: (rng) => {
    const { users, range } = someActive(rng);
    return [{ call: callWith(users, range), expect: averageIn([expectedMetrics(users, range).average]) }];
  },
  correct_sorting_direction: (rng) => {
    const { users, range } = activeUsers(rng, 3 + rng.integer(3));
    return [{ call: callWith(users, range), expect: performersAre(expectedMetrics(users, range).top) }];
  },
  handles_no_active_users: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(5));
    const away = users.map((user) => ({ ...user, last_login: dayOutside(rng, range) }));
    return [
      { call: callWith(away, range), expect: both(countIs(0), averageIn([0], 0)) },
      { call: callWith(users, range), expect: countIs(users.length) },
    ];
  },
  doesnt_mutate_input: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(7));
    const call = callWith(rng.shuffle(users), range);
    return [{ call, expect: both(leavesInputAlone(call), countIs(users.length)) }];
  },
  handles_less_than_5_users: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(4));
    return [{ call: callWith(users, range), expect: listsExactly(users.map((user) => user.posts)) }];
  },
  handles_invalid_dates: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(5));
    return [
      { call: callWith(users, { start: range.end, end: range.start }), expect: countIs(0) },
      { call: callWith(users, range), expect: countIs(users.length) },
    ];
  },
  robust_error_handling: (rng) => {
    const { users, range } = activeUsers(rng, 1 + rng.integer(4));
    const odd = [null, -1 - rng.integer(50), String(1 + rng.integer(50))];
    return [
      ...odd.map((posts) => ({
        call: callWith(
          rng.shuffle(users.map((user, index) => (index === 0 ? { ...user, posts } : user))),
          range,
        ),
        expect: () => undefined,
      })),
      { call: callWith(users, range), expect: countIs(users.length) },
    ];
  },
  efficient_implementation: (rng) => {
    const range = randomRange(rng);
    const users = randomCrowd(rng, range, 60 + rng.integer(81));
    return [{ call: callWith(users, range), expect: performersAre(expectedMetrics(users, range).top) }];
  },
};

function twinOf(expected: readonly ExpectedCall[]): Twin {
  return {
    calls: expected.map(({ call }) => call),
    problem: (results) => {
      for (const [index, { expect }] of expected.entries()) {
        const problem = problemOf(results[index], expect);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
  };
}

function problemOf(result: CallResult | undefined, expect: Expectation): string | undefined {
  if (result === undefined) return 'not run';
  if (result.kind === 'stopped') return `stopped by the sandbox (${result.cause})`;
  if (result.kind === 'raised') return `raised ${result.exception}: ${result.message.slice(0, 120)}`;
  try {
    return expect(result);
  } catch (error) {
    if (error instanceof PythonRaised) return `the returned value is unusable: ${error.message}`;
    throw error;
  }
}

function activeUsers(rng: Rng, size: number) {
  const range = randomRange(rng);
  return {
    range,
    users: randomUsers(
      rng,
      Array.from({ length: size }, () => dayWithin(rng, range)),
    ),
  };
}

/** Users on both ends of the range and outside of it; the mean over all differs from that over the active. */
function someActive(rng: Rng) {
  const range = randomRange(rng);
  const inside = Array.from({ length: rng.integer(3) }, () => dayWithin(rng, range));
  const outside = Array.from({ length: 1 + rng.integer(3) }, () => dayOutside(rng, range));
  return { range, users: rng.shuffle(randomUsers(rng, [range.start, range.end, ...inside, ...outside])) };
}

/** As in the rubric's input only login and posts are sure to stay; `days_active` often goes. */
function withoutKeys(rng: Rng, user: User): User {
  const dropped = rng.pick([
    ['comments', 'likes', 'days_active'],
    ['comments', 'likes'],
    ['days_active'],
    ['likes', 'days_active'],
  ]);
  return Object.fromEntries(Object.entries(user).filter(([key]) => !dropped.includes(key)));
}

function averageIn(accepted: readonly number[], within = tolerance): Expectation {
  return ({ value }) => {
    const average = getKey(value, 'average_engagement');
    return accepted.some((candidate) => distance(average, candidate) <= within)
      ? undefined
      : 'average_engagement is off';
  };
}

function countIs(count: number): Expectation {
  return ({ value }) =>
    equalsNumber(getKey(value, 'active_count'), count) ? undefined : 'active_count is off';
}

function performersAre(posts: readonly number[]): Expectation {
  return ({ value }) => {
    const found = performersPosts(value);
    return found.length === posts.length &&
      posts.every((own, index) => equalsNumber(elementAt(found, index), own))
      ? undefined
      : 'top_performers are not the most engaged users in order';
  };
}

function listsExactly(posts: readonly number[]): Expectation {
  return ({ value }) => {
    const found = performersPosts(value);
    return found.length === posts.length &&
      posts.every((own) => found.some((other) => equalsNumber(other, own)))
      ? undefined
      : 'top_performers are not all active users';
  };
}

function performersPosts(result: PythonValue): PythonValue[] {
  return iterate(topPerformersOf(result)).map((performer) => getKey(performer, 'posts'));
}

function leavesInputAlone(call: PythonCall): Expectation {
  return ({ argsAfter }) =>
    pythonEquals(usersOf(call), argsAfter[0] ?? { type: 'none' })
      ? undefined
      : 'changes the users it is given';
}

function both(first: Expectation, second: Expectation): Expectation {
  return (result: Parameters<Expectation>[0]) => first(result) ?? second(result);
}
