import type { Task } from '../../domain/task.ts';
import { judgeOf } from '../../grading/create-grader.ts';
import { graderKind } from '../../grading/registry.ts';
import type { ModelCard } from '../../models/chat-model.ts';

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

/** `other-task`: from earlier runs of other tasks alone, whose answers may be of quite another length. */
type Source = 'assumed' | 'profile' | 'other-task' | 'earlier-runs';

/** What is believed of one model. */
export interface ModelBelief {
  readonly model: string;
  /** Tokens of an answer to the question that nothing cuts off. */
  readonly outputTokens: Belief;
  readonly firstTokenMs: Belief;
  readonly tokensPerSecond: Belief;
  readonly lengthFrom: Source;
  readonly speedFrom: Source;
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

/** Beliefs from the cards and the task's kind of answer and grader alone. */
export function assumedBeliefs(
  task: Pick<Task, 'answer' | 'grader'>,
  models: readonly string[],
  card: (model: string) => ModelCard | undefined,
): Beliefs {
  const judge = judgeOf(task)?.model;
  const scores = graderKind(task.grader.name)?.scores;
  const called = judge === undefined ? models : [...new Set([...models, judge])];
  return {
    models: called.map((model) => assumedModel(task, model, card(model))),
    taskLengthUnsure,
    speedUnsure: speedUnsure.shared,
    skillOfPrice: { median: usualSkillOfPrice[task.answer], unsure: skillOfPriceUnsure },
    failureRate: usualFailureRate,
    passOrFail: scores === undefined ? null : scores === 'pass-or-fail',
  };
}

function lengthOf({ answer, grader }: Pick<Task, 'answer' | 'grader'>): number {
  // A text that is compared whole is a name, a date, a word: about as long as a label.
  const isShort = answer === 'text' && graderKind(grader.name)?.comparesWhole === true;
  return usualLength[isShort ? 'label' : answer];
}

function assumedModel(
  task: Pick<Task, 'answer' | 'grader'>,
  model: string,
  card: ModelCard | undefined,
): ModelBelief {
  const speed = card?.speed ?? null;
  const unsure = speed === null ? speedUnsure.own : profileUnsure;
  const { firstTokenMs, tokensPerSecond } = speed ?? usualSpeed;
  return {
    model,
    outputTokens: { median: lengthOf(task), unsure: lengthUnsure, varies: lengthVaries },
    firstTokenMs: { median: firstTokenMs, unsure, varies: firstTokenVaries },
    tokensPerSecond: { median: tokensPerSecond, unsure, varies: speedVaries },
    lengthFrom: 'assumed',
    speedFrom: speed === null ? 'assumed' : 'profile',
    learnedCalls: 0,
  };
}
