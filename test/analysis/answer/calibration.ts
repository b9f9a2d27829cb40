import type { Gain } from '../../../src/analysis/answer/gain.ts';
import { type Answer, type AnswerOptions, answerRun } from '../../../src/analysis/answer/index.ts';
import { foldEvents } from '../../../src/run/run-state.ts';
import { TrialBook } from '../../../src/search/trial-book.ts';
import {
  drawWorld,
  type PlayedRun,
  type PlayedStrategy,
  playRun,
  truthOf,
  type World,
} from './landscape-run.ts';

/** What `answer` said of one journal, and what was true. */
export interface Verdict {
  readonly journal: 'finished' | 'cut';
  readonly strategy: string;
  readonly evaluations: number;
  readonly checks: number;
  readonly instances: number;
  /** `null` where it refused to say. */
  readonly told: { readonly gain: number; readonly low: number; readonly high: number } | null;
  readonly because: string | null;
  readonly truth: number;
  /** The best's gains over other configs of the run, each with what it truly is. */
  readonly gains: readonly {
    readonly name: 'first' | 'baseline';
    readonly told: Gain;
    readonly truth: number;
  }[];
}

/** Plays one world with a budget and with `factor` times it, and asks what the larger one would bring. */
export function calibrationCase(
  number: number,
  evaluations: number,
  factor = 2,
  played?: PlayedStrategy,
): Verdict[] {
  const world = drawWorld(number, played);
  const small = playRun(world, evaluations);
  const large = playRun(world, factor * evaluations);
  const truth = bestTruth(world, large) - bestTruth(world, small);
  let concluded = 0;
  const cutAt = large.events.findIndex(
    (event) => event.kind === 'trial-finished' && ++concluded === evaluations,
  );
  const { strategy, checks, instances } = world;
  const journals = { finished: small.events, cut: large.events.slice(0, cutAt + 1) };
  return (['finished', 'cut'] as const).map((journal) => {
    // A budget in tokens that pays for the wanted evaluations would mix in what an evaluation takes.
    const options: AnswerOptions = { settings: small.settings, factors: [factor], withAblation: false };
    const answer = answerRun(journals[journal], options);
    const prospect = answer.outlook.prospects[0];
    return {
      ...{ journal, strategy, evaluations, checks, instances, truth },
      told: prospect?.kind === 'expected' ? prospect : null,
      gains: gainsOf(answer, world, large),
      because: prospect?.kind === 'refused' ? prospect.because : null,
    };
  });
}

function gainsOf(answer: Answer, world: World, { events }: PlayedRun): Verdict['gains'] {
  const { trials } = foldEvents(events);
  const told = { first: answer.overFirst, baseline: answer.overBaseline };
  return (['first', 'baseline'] as const).flatMap((name) => {
    const gain = told[name];
    if (gain === null || answer.best === null || gain.over.id === answer.best.id) return [];
    const few = gain.method.includes('few');
    const truth = truthOf(world, gain.basis === 'tuning' ? 'tuning' : few ? 'holdout' : 'population');
    const of = (id: string): number => {
      const found = trials.find((trial) => trial.id === id);
      return found === undefined ? Number.NaN : truth(found.config);
    };
    return [{ name, told: gain, truth: of(answer.best.id) - of(gain.over.id) }];
  });
}

/** What the config that a run puts first is truly worth. */
function bestTruth(world: World, { events, settings }: PlayedRun): number {
  const state = foldEvents(events);
  const book = new TrialBook(state, settings);
  for (const trial of state.trials) book.changed(trial);
  const [best] = book.front();
  if (best === undefined) throw new Error('a run without a front');
  return truthOf(world)(best.config);
}
