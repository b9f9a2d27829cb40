import { elementAt } from '../../core/element-at.ts';
import type { Task } from '../../domain/task.ts';
import type { Grader } from '../grader.ts';
import { constantAnswers, goldAnswer, wrongAnswers } from './answers.ts';
import {
  Bench,
  type CheckFinding,
  type ConstantAnswer,
  findingOf,
  type Graded,
  type GraderNoise,
  type Item,
  meanOf,
  noiseGradings,
  type TaskCheckOptions,
} from './bench.ts';

export interface TaskCheck {
  readonly passed: boolean;
  /** What failed it. */
  readonly failures: readonly string[];
  readonly instances: number;
  /** Instances with an answer that deserves full marks; `missing` have a gold that is no answer itself. */
  readonly gold: {
    readonly graded: number;
    readonly full: number;
    readonly missing: number;
    readonly mean: number | null;
  };
  readonly wrong: {
    readonly graded: number;
    readonly full: number;
    readonly unscored: number;
    readonly mean: number | null;
  };
  /** The constant answer with the highest score over all instances, as a search would find it. */
  readonly constant: ConstantAnswer | null;
  readonly noise: GraderNoise;
  /** Golds without full marks, wrong answers with them, noise of a grader that should have none. */
  readonly findings: readonly CheckFinding[];
  readonly warnings: readonly string[];
}

/** A constant answer with this share of the gold answers' score makes the task worthless. */
const uselessShare = 0.9;
const suspiciousShare = 0.5;
/** What a judge's mean verdicts may be off by. */
const judgeSlack = 0.1;

/**
 * Grades a task's gold answers, which must get full marks, and wrong ones (other instances' golds, nothing,
 * "I don't know", constants), which must not; measures the grader's noise and the best constant answer.
 */
export async function checkTask(
  task: Task,
  grader: Grader,
  options: TaskCheckOptions = {},
): Promise<TaskCheck> {
  const items = itemsOf(task, options.mostInstances ?? 200);
  const bench = new Bench(task, grader, options);
  const goldAnswers = items.flatMap((item) => {
    const answer = goldAnswer(task, item.instance);
    return answer === undefined ? [] : [{ item, answer, kind: 'gold' }];
  });
  const others = items.flatMap((item, index) => wrongAnswers(task, items, item, index));
  const constants = constantAnswers(task, items);
  const once = goldAnswers.length + others.length;
  bench.planned = once + constants.length * items.length + noiseGradings(once);
  const golds = await bench.all(goldAnswers);
  const goldMean = meanOf(golds);
  const wrong = await bench.all(others);
  const constant = await bestConstant(constants, items, bench);
  const noisy = await bench.noise([...golds, ...wrong]);
  const full = (graded: Graded): boolean => graded.value !== null && graded.value >= bench.fullMarks - 1e-9;
  const isJudge = grader.callsModels === true;
  const short = golds.filter((graded) => !full(graded));
  const gullible = wrong.filter(full);
  const noise = isJudge ? [] : noisy.findings;
  const share = constant === null ? 0 : constant.score / Math.max(goldMean ?? bench.fullMarks, 1e-9);
  const wrongMean = meanOf(wrong);
  const oddity = grader.oddity?.();
  // A judge may err now and then; it has to tell right from wrong on the whole.
  const unsound: readonly (readonly [boolean, string])[] = isJudge
    ? [
        [(goldMean ?? 0) < bench.fullMarks - judgeSlack, 'gold answers get too little on the whole'],
        [
          (wrongMean ?? 0) > (goldMean ?? 0) - judgeSlack,
          'wrong answers get about as much as gold answers on the whole',
        ],
      ]
    : [
        [short.length > 0, `${getting(short, golds, 'gold answer')} less than full marks`],
        [gullible.length > 0, `${getting(gullible, wrong, 'wrong answer')} full marks`],
        [noise.length > 0, 'equal answers get different values'],
      ];
  const failures = [...unsound, [share >= uselessShare, constantShare(share)] as const].flatMap(
    ([isSo, failure]) => (isSo ? [failure] : []),
  );
  return {
    passed: failures.length === 0,
    failures,
    instances: items.length,
    gold: {
      graded: golds.length,
      full: golds.length - short.length,
      missing: items.length - golds.length,
      mean: goldMean,
    },
    wrong: {
      graded: wrong.length,
      full: gullible.length,
      unscored: wrong.filter(({ value }) => value === null).length,
      mean: wrongMean,
    },
    constant,
    noise: noisy.noise,
    findings: [...short.map(findingOf), ...gullible.map(findingOf), ...noise],
    warnings: [
      ...warningsOf(task, items.length, golds.length, share),
      ...(oddity === undefined ? [] : [oddity]),
    ],
  };
}

async function bestConstant(
  answers: readonly string[],
  items: readonly Item[],
  bench: Bench,
): Promise<ConstantAnswer | null> {
  let best: ConstantAnswer | null = null;
  for (const answer of answers) {
    const constant = await bench.constant(items, answer);
    if (constant !== null && (best === null || constant.score > best.score)) best = constant;
  }
  return best;
}

/** `1 of 40 gold answers gets` */
const getting = (some: readonly Graded[], all: readonly Graded[], what: string): string =>
  `${some.length} of ${all.length} ${what}s ${some.length === 1 ? 'gets' : 'get'}`;

const constantShare = (share: number): string =>
  `a constant answer gets ${(100 * share).toFixed(0)}% of what the gold answers get`;

function warningsOf(task: Task, instances: number, golds: number, share: number): string[] {
  const perSide = Math.min(task.tuning.length, task.holdout.length);
  return [
    ...(golds < instances
      ? [
          `${instances - golds} instances have no answer that deserves full marks, so that part was not checked`,
        ]
      : []),
    ...(share >= suspiciousShare && share < uselessShare ? [constantShare(share)] : []),
    ...(task.tuning.length + task.holdout.length > 2 && perSide < 20
      ? [`only ${task.tuning.length} tuning and ${task.holdout.length} holdout instances`]
      : []),
  ];
}

function itemsOf(task: Task, most: number): Item[] {
  const items = [
    ...task.tuning.map((instance) => ({ instance, overrides: undefined })),
    ...task.holdout.map((instance) => ({ instance, overrides: task.holdoutGrader })),
  ];
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) =>
    elementAt(items, Math.floor((index * items.length) / most)),
  );
}
