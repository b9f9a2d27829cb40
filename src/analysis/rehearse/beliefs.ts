import { mean, variance } from '../../core/statistics.ts';
import type { Instance, Task } from '../../domain/task.ts';
import { judgeOf } from '../../grading/create-grader.ts';
import { graderKind } from '../../grading/registry.ts';
import { goldAnswer } from '../../grading/task-check/answers.ts';
import type { ModelCard } from '../../models/chat-model.ts';
import { countTokens } from '../../models/token-counter.ts';

/**
 * What is believed of a positive quantity before the job: log-normal. `unsure` is the standard deviation
 * (of the logarithm) of our ignorance of the median, drawn once a rehearsal; `varies` is that of single
 * calls around it.
 */
export interface Belief {
  readonly median: number;
  readonly unsure: number;
  readonly varies: number;
}

/**
 * `gold-answers`: from the task's own; `other-task`: from earlier runs of other tasks alone, whose answers may be of
 * quite another length.
 */
type LengthSource = 'assumed' | 'gold-answers' | 'other-task' | 'earlier-runs';

/** What is believed of one model. */
export interface ModelBelief {
  readonly model: string;
  /** Tokens of an answer to the question that nothing cuts off. */
  readonly outputTokens: Belief;
  /** Median that the length of a critique or verdict is a share of: a remark on a short answer is not short. */
  readonly remarkTokens: number;
  readonly firstTokenMs: Belief;
  readonly tokensPerSecond: Belief;
  readonly lengthFrom: LengthSource;
  readonly speedFrom: 'assumed' | 'profile' | 'earlier-runs';
  /** Calls of earlier runs that it was learned from. */
  readonly learnedCalls: number;
}

/** What is believed of the world in which the job will run. */
export interface Beliefs {
  readonly models: readonly ModelBelief[];
  /** Deviation (of the logarithm) that the lengths of all models without history have in common: the task's. */
  readonly taskLengthUnsure: number;
  /** The same for the speed of all models without a profile. */
  readonly speedUnsure: number;
  /**
   * By how much dearer models are better: log-odds of a good answer for each factor e of price, log-normal. A search goes
   * for the better ones, so its dollars hang on it.
   */
  readonly skillOfPrice: Pick<Belief, 'median' | 'unsure'>;
  /** Share of calls that fail and are made again. */
  readonly failureRate: Belief;
  /** Whether grades are pass or fail, else shares; `null` where the grader does not tell. */
  readonly passOrFail: boolean | null;
}

/*
 * Assumed, all of it; docs/answer.md has the main ones. Lengths: what instruction-tuned models usually write
 * when asked for such an answer and some prose comes with it. The deviations are wide on purpose: a
 * factor of about 1.6 either way between models, and as much for the task.
 */
const usualLength: Readonly<Record<Task['answer'], number>> = {
  text: 300,
  code: 400,
  number: 350,
  choice: 120,
  label: 60,
  json: 150,
};
/*
 * Assumed, too: where gold answers tell how long an answer is, what models write is so many times as long, and some prose
 * beside it. Numbers and choices are worked out first; how long their gold answers are tells nothing.
 */
const timesGold = 1.2;
const besideGold: Readonly<Partial<Record<Task['answer'], number>>> = {
  text: 25,
  code: 150,
  label: 25,
  json: 25,
};
const workedOut = /^(?:[A-Za-z]|[-+$€£\d.,:/%\s]+)$/;
/** Gold answers that are looked at, at most. */
const mostGolds = 1_000;
/** Small models put labels as well as large ones, nearly; reasoning that ends in a number is where they fall behind. */
const usualSkillOfPrice: Readonly<Record<Task['answer'], number>> = {
  text: 0.35,
  code: 0.35,
  number: 0.5,
  choice: 0.35,
  label: 0.1,
  json: 0.2,
};
const skillOfPriceUnsure = 0.7;
const lengthUnsure = 0.5;
const taskLengthUnsure = 0.6;
const lengthVaries = 0.35;
/** Hosted models of 2025: some 30 to 200 tokens a second, on special hardware over 1,000. */
const usualSpeed = { firstTokenMs: 500, tokensPerSecond: 80 };
const speedUnsure = { own: 0.5, shared: 0.5 };
/** A published or measured profile still differs from the night's load. */
const profileUnsure = 0.15;
const speedVaries = 0.12;
const firstTokenVaries = 0.25;
const usualFailureRate: Belief = { median: 0.008, unsure: 0.9, varies: 0 };

/** What of a task is looked at: its tuning instances are the questions that cost most. */
type TaskToBelieve = Pick<Task, 'answer' | 'grader'> & { readonly tuning?: readonly Instance[] };

/** Beliefs from the cards and the task's kind of answer, grader and gold answers alone. */
export function assumedBeliefs(
  task: TaskToBelieve,
  models: readonly string[],
  card: (model: string) => ModelCard | undefined,
): Beliefs {
  const judge = judgeOf(task)?.model;
  const golds = task.tuning?.map(({ gold }) => gold) ?? [];
  const scores = graderKind(task.grader.name)?.scores?.(task.grader, golds);
  const called = judge === undefined ? models : [...new Set([...models, judge])];
  const length = lengthOf(task);
  return {
    models: called.map((model) => assumedModel(length, model, card(model))),
    taskLengthUnsure,
    speedUnsure: speedUnsure.shared,
    skillOfPrice: { median: usualSkillOfPrice[task.answer], unsure: skillOfPriceUnsure },
    failureRate: usualFailureRate,
    passOrFail: scores === undefined ? null : scores === 'pass-or-fail',
  };
}

type Length = Pick<ModelBelief, 'outputTokens' | 'remarkTokens' | 'lengthFrom'>;

function lengthOf(task: TaskToBelieve): Length {
  const { answer, grader } = task;
  // A text that is compared whole is a name, a date, a word: about as long as a label.
  const isShort = answer === 'text' && graderKind(grader.name)?.comparesWhole === true;
  const remarkTokens = usualLength[isShort ? 'label' : answer];
  const assumed = { median: remarkTokens, unsure: lengthUnsure, varies: lengthVaries };
  const logs = goldLengths(task).map(Math.log);
  const centre = mean(logs);
  if (centre === null) return { outputTokens: assumed, remarkTokens, lengthFrom: 'assumed' };
  const outputTokens = {
    ...assumed,
    median: Math.exp(centre),
    varies: Math.hypot(lengthVaries, Math.sqrt(variance(logs) ?? 0)),
  };
  return { outputTokens, remarkTokens, lengthFrom: 'gold-answers' };
}

/** Tokens of answers as long as the gold ones, by instance; none where these tell nothing. */
function goldLengths(task: TaskToBelieve): number[] {
  const beside = besideGold[task.answer];
  if (beside === undefined) return [];
  const golds = (task.tuning ?? []).slice(0, mostGolds).flatMap((instance) => {
    if ((instance.reference ?? instance.gold ?? null) === null) return [];
    const gold = goldAnswer(task, instance)?.trim() ?? '';
    // A record where no JSON is asked for is what a program grades by.
    const isRecord = task.answer !== 'json' && /^\[?\{/.test(gold);
    return gold === '' || isRecord ? [] : [gold];
  });
  const tell = golds.filter((gold) => !workedOut.test(gold));
  return 2 * tell.length <= golds.length ? [] : golds.map((gold) => beside + timesGold * countTokens(gold));
}

function assumedModel(length: Length, model: string, card: ModelCard | undefined): ModelBelief {
  const speed = card?.speed ?? null;
  const unsure = speed === null ? speedUnsure.own : profileUnsure;
  const { firstTokenMs, tokensPerSecond } = speed ?? usualSpeed;
  return {
    ...length,
    model,
    firstTokenMs: { median: firstTokenMs, unsure, varies: firstTokenVaries },
    tokensPerSecond: { median: tokensPerSecond, unsure, varies: speedVaries },
    speedFrom: speed === null ? 'assumed' : 'profile',
    learnedCalls: 0,
  };
}
