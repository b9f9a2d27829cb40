import { elementAt } from '../../core/element-at.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import type { Bounds } from '../../domain/bounds.ts';
import { estimatesOf } from '../../domain/estimates.ts';
import type { Estimate } from '../../domain/objective.ts';
import type { RunEvent } from '../../run/journal/events.ts';
import type { Effort } from '../../run/run-state.ts';
import type { TuneSettings } from '../../run/types.ts';
import { type Ablation, ablate } from './ablation.ts';
import { type Inference, infer } from './forecast.ts';
import { type Gain, gainOver, scoreOf } from './gain.ts';
import { historyOf, type PastTrial, type RunHistory, searchedOf } from './history.ts';
import { type FurtherBudget, type Outlook, outlookOf } from './more.ts';
import { type Plateau, plateauOf } from './plateau.ts';

/** Minutes a person takes to write one config, run it, read what came out and note it. */
const defaultMinutesPerTry = 20;

/** What the question "was it worth it, and would more pay" is asked with. */
export interface AnswerOptions {
  readonly settings: Pick<TuneSettings, 'objectives' | 'bounds' | 'repeats' | 'finishRepeats' | 'seed'>;
  /** Further budgets to look ahead to, beside `factors`. @defaultValue none */
  readonly budgets?: readonly FurtherBudget[];
  /** Multiples of the run's evaluations to look ahead to. @defaultValue 2 and 10 */
  readonly factors?: readonly number[];
  /** Minutes that a person takes to try one config by hand. @defaultValue 20 */
  readonly minutesPerTry?: number;
  /** Whether to say where the gain came from, which takes most of the time. @defaultValue true */
  readonly withAblation?: boolean;
}

/** What a run was worth, and whether more would pay. */
export interface Answer {
  /** Configs that the search measured. */
  readonly evaluations: number;
  /** Those, and what it began without a scored answer. */
  readonly tried: number;
  readonly spent: Effort;
  readonly best: {
    readonly trial: number;
    readonly id: string;
    /** On tuning cells, which chose it. */
    readonly measured: number;
    /** On the holdout; `null` where that was not measured. */
    readonly holdout: Estimate | null;
  } | null;
  /** Bounds on costs within which the best is the best, now and in what is foretold; none: empty. */
  readonly within: Bounds;
  /** Over the first config that was tried; `null` where nothing was scored. */
  readonly overFirst: Gain | null;
  /** Over the best single model; `null` where no single model was scored. */
  readonly overBaseline: Gain | null;
  readonly stillness: Plateau;
  readonly outlook: Outlook;
  readonly ablation: Ablation;
  /** The same number of distinct configs by hand. */
  readonly manual: { readonly minutesPerTry: number; readonly hours: number };
}

/** Fewer trials than this hold nothing to infer from. */
const leastTrials = 5;

/**
 * Answers what a run's tuning was worth from its journal alone. Equal journals and options give equal
 * answers. What it says: docs/answer.md; how well that is calibrated: test/experiments/results.md.
 */
export function answerRun(events: Iterable<RunEvent>, options: AnswerOptions): Answer {
  const { settings, minutesPerTry = defaultMinutesPerTry, withAblation = true } = options;
  const history = historyOf(events, settings);
  const { trials } = history;
  const rng = createRng(`${settings.seed}/answer`);
  const searched = searchedOf(history);
  const inference = inferWhereItCan(searched, settings, rng);
  const best = trials.find(({ id }) => id === history.best);
  const single = trials.find(({ id }) => id === history.single);
  const first = trials.reduce<PastTrial | undefined>(
    (earliest, trial) => (earliest === undefined || trial.trial < earliest.trial ? trial : earliest),
    undefined,
  );
  const gain = (other: PastTrial | undefined): Gain | null =>
    best === undefined || other === undefined
      ? null
      : gainOver({ best, other, draws: differences(inference, best, other) });
  return {
    evaluations: history.evaluations,
    tried: history.tried,
    spent: history.total,
    best:
      best === undefined
        ? null
        : {
            ...{ trial: best.trial, id: best.id, measured: scoreOf(best.tuning) },
            holdout:
              best.holdout.length === 0
                ? null
                : estimatesOf(best.holdout.map(({ measurement }) => measurement)).score,
          },
    within: history.within,
    overFirst: gain(first),
    overBaseline: gain(single),
    stillness: plateauOf(history, settings.objectives),
    outlook: outlookOf(searched, inference, options, rng),
    ablation: withAblation
      ? ablationOf(inference, best, single ?? first, rng)
      : { kind: 'refused', because: 'it was not asked for' },
    manual: { minutesPerTry, hours: (history.evaluations * minutesPerTry) / 60 },
  };
}

function ablationOf(
  inference: Inference | null,
  best: PastTrial | undefined,
  reference: PastTrial | undefined,
  rng: Rng,
): Ablation {
  if (inference === null || best === undefined || reference === undefined) {
    return { kind: 'refused', because: 'too little was measured' };
  }
  if (best === reference)
    return { kind: 'refused', because: 'the best config is the one it is compared with' };
  const { trials } = inference;
  return ablate(inference, trials.indexOf(best), trials.indexOf(reference), rng.derive('ablation'));
}

function inferWhereItCan(
  history: RunHistory,
  settings: AnswerOptions['settings'],
  rng: Rng,
): Inference | null {
  const { trials } = history;
  if (trials.length < leastTrials) return null;
  const questions = new Set(trials.flatMap(({ tuning }) => tuning.map(({ instance }) => instance))).size;
  const finishCells = questions * Math.max(settings.repeats, settings.finishRepeats);
  const inference = infer(history, finishCells, rng);
  return inference.measured.degreesOfFreedom > 0 ? inference : null;
}

function differences(inference: Inference | null, best: PastTrial, other: PastTrial): number[] {
  if (inference === null) return [];
  const [at, from] = [inference.trials.indexOf(best), inference.trials.indexOf(other)];
  return inference.draws.map((draw) => elementAt(draw, at) - elementAt(draw, from));
}
