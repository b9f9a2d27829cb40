import { type AnswerOptions, outlookOfRun } from '../../../src/run/answer/index.ts';
import { foldEvents } from '../../../src/run/run-state.ts';
import { TrialBook } from '../../../src/run/trial-book.ts';
import { drawWorld, type PlayedRun, playRun, truthOf, type World } from './landscape-run.ts';

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
}

/** Plays one world with a budget and with `factor` times it, and asks what the larger one would bring. */
export function calibrationCase(number: number, evaluations: number, factor = 2): Verdict[] {
  const world = drawWorld(number);
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
    const options: AnswerOptions = { settings: small.settings, factors: [factor] };
    const prospect = outlookOfRun(journals[journal], options).prospects[0];
    return {
      ...{ journal, strategy, evaluations, checks, instances, truth },
      told: prospect?.kind === 'expected' ? prospect : null,
      because: prospect?.kind === 'refused' ? prospect.because : null,
    };
  });
}

/** What the config that a run puts first is truly worth. */
function bestTruth(world: World, { events, settings }: PlayedRun): number {
  const state = foldEvents(events);
  const book = new TrialBook(state, settings.objectives);
  for (const trial of state.trials) book.changed(trial);
  const [best] = book.front();
  if (best === undefined) throw new Error('a run without a front');
  return truthOf(world)(best.config);
}
