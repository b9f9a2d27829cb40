import { elementAt } from '../../core/element-at.ts';
import { keysOf } from '../../core/records.ts';
import { shortened } from '../../core/shortened.ts';
import type { PythonValue } from '../grader.ts';
import { type CallResult, describeException } from '../python-calls.ts';
import {
  distance,
  distinctCount,
  equalsNumber,
  getKey,
  hasKey,
  isDict,
  itemAt,
  iterate,
  lengthOf,
  PythonRaised,
  pythonEquals,
  typeName,
} from '../python-values.ts';
import { callWith, type DateRange, type PythonCall, user, usersOf } from './inputs.ts';

/**
 * The workshop's rubric: 11 checks, 120 points. Each check lists its calls and turns what came back into
 * points. Points below `max` count as a failed check, but for `passesFrom`.
 */
export interface RubricCheck {
  readonly max: number;
  /** Least points with which the check counts as passed; default `max`. */
  readonly passesFrom?: number;
  readonly calls: readonly PythonCall[];
  judge(results: readonly CallResult[], calls: readonly PythonCall[]): Verdict;
}

interface Verdict {
  readonly points: number;
  /** What was observed, without saying what would have been right. */
  readonly note: string;
}

const january: DateRange = { start: '2024-01-01', end: '2024-01-31' };
const plainUser = user('2024-01-15', 10, 5, 20, 10);
const emptyList: PythonValue = { type: 'list', items: [], className: 'list' };
const zero: PythonValue = { type: 'int', value: '0' };

/** Tolerance of the average, as the rubric has it. */
const averageTolerance = 0.01;

export const rubric = {
  handles_division_by_zero: {
    max: 20,
    calls: [callWith([user('2024-01-15', 10, 5, 20, 0)], january)],
    judge: inspecting((result) =>
      hasKey(result, 'average_engagement')
        ? { points: 20, note: 'copes with days_active of 0' }
        : { points: 5, note: `did not raise, but returned ${describe(result)} without average_engagement` },
    ),
  },
  handles_empty_users_list: {
    max: 15,
    calls: [callWith([], january)],
    judge: inspecting((result) =>
      isDict(result) && equalsNumber(getKey(result, 'active_count'), 0)
        ? { points: 15, note: 'copes with an empty list' }
        : { points: 5, note: `did not raise on an empty list, but ${describeCount(result)}` },
    ),
  },
  handles_missing_keys: {
    max: 15,
    calls: [callWith([{ last_login: '2024-01-15', posts: 10 }], january)],
    judge: inspecting(() => ({ points: 15, note: 'copes with missing keys' })),
  },
  correct_average_calculation: {
    max: 15,
    calls: [callWith([user('2023-12-15', 100, 50, 200, 30), plainUser], january)],
    judge: inspecting(judgeAverage),
  },
  correct_sorting_direction: {
    max: 10,
    calls: [
      callWith(
        [user('2024-01-15', 1, 1, 1, 1), user('2024-01-16', 10, 10, 10, 1), user('2024-01-17', 5, 5, 5, 1)],
        january,
      ),
    ],
    judge: inspecting(judgeSorting),
  },
  handles_no_active_users: {
    max: 10,
    calls: [callWith([user('2023-12-15', 10, 5, 20, 10)], january)],
    judge: inspecting((result) => {
      const count = getKey(result, 'active_count');
      return equalsNumber(count, 0) && equalsNumber(getKey(result, 'average_engagement'), 0)
        ? { points: 10, note: 'copes with nobody active' }
        : { points: 5, note: 'with nobody active the count or the average is off' };
    }),
  },
  doesnt_mutate_input: {
    max: 8,
    calls: [callWith([plainUser], january)],
    judge: judgeMutation,
  },
  handles_less_than_5_users: {
    max: 5,
    calls: [callWith([plainUser, user('2024-01-16', 5, 3, 15, 5)], january)],
    judge: inspecting((result) => {
      const length = lengthOf(topPerformersOf(result));
      return length === 2
        ? { points: 5, note: 'lists all active users when there are few' }
        : { points: 0, note: `with 2 active users top_performers has length ${length}` };
    }),
  },
  handles_invalid_dates: {
    max: 5,
    calls: [callWith([plainUser], { start: january.end, end: january.start })],
    judge: inspecting(
      (result) =>
        equalsNumber(getKey(result, 'active_count'), 0)
          ? { points: 5, note: 'copes with a range that ends before it starts' }
          : { points: 3, note: 'counts users in a range that ends before it starts' },
      2,
    ),
  },
  robust_error_handling: {
    max: 7,
    calls: [null, -5, '10'].map((posts) => callWith([user('2024-01-15', posts, 5, 20, 10)], january)),
    judge: judgeRobustness,
  },
  efficient_implementation: {
    max: 10,
    passesFrom: 8,
    calls: [
      callWith(
        Array.from({ length: 100 }, (_, i) => user('2024-01-15', i, i, i, 10)),
        january,
      ),
    ],
    judge: inspecting(judgeTopFive),
  },
} satisfies Readonly<Record<string, RubricCheck>>;

export type CheckName = keyof typeof rubric;
/** In the rubric's order. */
export const checkNames = keysOf(rubric);

export const maxPoints = Object.values(rubric).reduce((sum, check) => sum + check.max, 0);

/** `getKey` with the rubric's default for a result that has no `top_performers`. */
export function topPerformersOf(result: PythonValue): PythonValue {
  return getKey(result, 'top_performers', emptyList);
}

/** A check of one call's returned value; whatever raises on the way earns `whenRaised`. */
function inspecting(judge: (result: PythonValue) => Verdict, whenRaised = 0): RubricCheck['judge'] {
  return ([result]) => {
    if (result === undefined || result.kind === 'stopped') return { points: 0, note: stopNote(result) };
    if (result.kind === 'raised') return { points: whenRaised, note: raisedNote(result) };
    try {
      return judge(result.value);
    } catch (error) {
      if (!(error instanceof PythonRaised)) throw error;
      return { points: whenRaised, note: `the returned value is unusable: ${error.message}` };
    }
  };
}

function judgeAverage(result: PythonValue): Verdict {
  const average = getKey(result, 'average_engagement', zero);
  if (distance(average, 2.95) < averageTolerance) return { points: 15, note: 'the average is right' };
  return distance(average, 14.75) < averageTolerance
    ? { points: 0, note: 'the average is divided by the number of all users' }
    : { points: 5, note: 'the average over the active users is off' };
}

function judgeSorting(result: PythonValue): Verdict {
  const performers = topPerformersOf(result);
  if (lengthOf(performers) === 0) return { points: 0, note: 'top_performers is empty' };
  if (equalsNumber(getKey(itemAt(performers, 0), 'posts'), 10)) {
    return { points: 10, note: 'the highest engagement comes first' };
  }
  return equalsNumber(getKey(itemAt(performers, -1), 'posts'), 10)
    ? { points: 0, note: 'the highest engagement comes last' }
    : { points: 5, note: 'the order of top_performers is unclear' };
}

function judgeMutation([result]: readonly CallResult[], calls: readonly PythonCall[]): Verdict {
  if (result === undefined || result.kind === 'stopped') return { points: 0, note: stopNote(result) };
  if (result.kind === 'raised') return { points: 0, note: raisedNote(result) };
  try {
    // Only the first user is looked at: one appended to the list goes unnoticed, as in the original.
    const before = itemAt(usersOf(elementAt(calls, 0)), 0);
    const after = itemAt(result.argsAfter[0] ?? { type: 'none' }, 0);
    return pythonEquals(before, after)
      ? { points: 8, note: 'leaves its input alone' }
      : { points: 0, note: 'changes the dicts it is given' };
  } catch (error) {
    if (!(error instanceof PythonRaised)) throw error;
    return { points: 0, note: 'takes users out of the list it is given' };
  }
}

function judgeRobustness(results: readonly CallResult[]): Verdict {
  const failures = results.filter((result) => result.kind !== 'returned');
  const points = [7, 4, 2, 0][failures.length] ?? 0;
  const [first] = failures;
  if (first === undefined) return { points, note: 'copes with values of a wrong kind' };
  const why = first.kind === 'raised' ? raisedNote(first) : stopNote(first);
  return {
    points,
    note: `${failures.length} of ${results.length} calls with an odd value of posts failed: ${why}`,
  };
}

function judgeTopFive(result: PythonValue): Verdict {
  const performers = topPerformersOf(result);
  const length = lengthOf(performers);
  if (length > 5) return { points: 0, note: `top_performers has length ${length}` };
  if (length < 5) return { points: 2, note: `of 100 users top_performers lists only ${length}` };
  const posts = iterate(performers).map((performer) => getKey(performer, 'posts', zero));
  if (posts.every((value, index) => equalsNumber(value, 99 - index))) {
    return { points: 10, note: 'picks the right five of 100 users' };
  }
  const hasBest = posts.some((value) => equalsNumber(value, 99));
  return hasBest && distinctCount(posts) === 5
    ? { points: 8, note: 'five distinct users with the best among them, but not the best five in order' }
    : { points: 3, note: 'the five performers picked of 100 users are wrong' };
}

function raisedNote(result: Extract<CallResult, { kind: 'raised' }>): string {
  return `raised ${shortened(describeException(result), 118)}`;
}

function stopNote(result: Extract<CallResult, { kind: 'stopped' }> | undefined): string {
  return result === undefined ? 'not run' : `stopped by the sandbox (${result.cause})`;
}

function describe(result: PythonValue): string {
  return isDict(result) ? 'a dict' : `a value of type ${shortened(typeName(result), 118)}`;
}

function describeCount(result: PythonValue): string {
  return isDict(result) ? 'active_count is off' : `returned ${describe(result)}`;
}
