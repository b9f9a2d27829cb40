// The search of mixtune in small, to be read first. What it leaves out: cells side by side, statistics (here a mean of
// four cells is believed), further cells that a strategy asks for (extensions), bounds, single models that are measured
// first (baselines), models whose calls would only wait (held back), prompts that models write.
// `npx tsx test/reading/small-search.ts` runs it; small-search.test.ts says what it is to do. Where what is here stands:
//   search       src/run/tuning-run.ts and src/run/plan.ts (`#nextOfSearch`); alone, src/search/session.ts
//   ask, decide  src/search/loop.ts; what `decide` decides, src/search/scheduling and src/search/racing
//   SearchState  src/search/search-state.ts; front(), src/search/trial-book.ts
//   SearchEvent  src/search/search-events.ts; with calls and phases, src/run/journal/events.ts
//   Strategy     src/search/strategy.ts; the usual one is auto.ts
import process from 'node:process';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { nonDominated } from '../../src/pareto/index.ts';

/** What is searched. A real config is a MoaConfig: stages of agents. */
export interface Config {
  readonly agents: number;
  readonly temperature: number;
}

/** What one cell (config, instance, repeat) measured. */
export interface Measurement {
  readonly score: number;
  readonly tokens: number;
}

/** All that happens is an event. A run's journal holds them in order, with what its calls and its end add. */
export type SearchEvent =
  | { kind: 'trial-started'; trial: number; config: Config; granted: number }
  | { kind: 'cell-finished'; trial: number; measurement: Measurement }
  | { kind: 'cells-granted'; trial: number; upTo: number }
  | { kind: 'trial-finished'; trial: number; status: 'finished' | 'dropped' }
  | { kind: 'fidelity-grown'; level: number };

/** A config under evaluation: so many cells it has, and so many it may have. */
interface Trial {
  readonly trial: number;
  readonly config: Config;
  readonly cells: Measurement[];
  granted: number;
  status: 'running' | 'finished' | 'dropped';
}

/** The state is a fold over the events: whoever reads the same events knows the same. */
class SearchState {
  readonly trials: Trial[] = [];
  level = 0;

  apply(event: SearchEvent): void {
    if (event.kind === 'fidelity-grown') {
      this.level = event.level;
      return;
    }
    if (event.kind === 'trial-started') {
      const { trial, config, granted } = event;
      this.trials.push({ trial, config, cells: [], granted, status: 'running' });
      return;
    }
    const trial = this.trials[event.trial];
    if (trial === undefined) throw new Error(`trial ${event.trial} never started`);
    if (event.kind === 'cell-finished') trial.cells.push(event.measurement);
    if (event.kind === 'trial-finished') trial.status = event.status;
    if (event.kind === 'cells-granted') Object.assign(trial, { granted: event.upTo, status: 'running' });
  }

  isKnown(config: Config): boolean {
    return this.trials.some((trial) => canonical(trial.config) === canonical(config));
  }

  /** Trials that no other beats in score and in tokens: the result, whenever the search is stopped. */
  front(): Trial[] {
    const finished = this.trials.filter(({ status }) => status === 'finished');
    return nonDominated(finished, (trial) => [meanOf(trial, 'score'), meanOf(trial, 'tokens')], [
      'max',
      'min',
    ]);
  }
}

const canonical = ({ agents, temperature }: Config): string => `${agents}/${temperature}`;

const meanOf = ({ cells }: Trial, objective: keyof Measurement): number =>
  cells.reduce((sum, cell) => sum + cell[objective], 0) / cells.length;

/** A strategy proposes (ask) and learns (tell). It sees no clock, and gets its random numbers from outside. */
class Strategy {
  #parents: readonly Trial[] = [];

  ask(rng: Rng): Config {
    if (this.#parents.length === 0 || rng.next() < 0.3) {
      return { agents: 1 + rng.integer(6), temperature: rng.integer(11) / 10 };
    }
    const { agents, temperature } = rng.pick(this.#parents).config;
    const step = rng.pick([-1, 1]);
    if (rng.next() < 0.5) return { agents: Math.min(6, Math.max(1, agents + step)), temperature };
    return { agents, temperature: Math.min(10, Math.max(0, Math.round(temperature * 10) + step)) / 10 };
  }

  tell(front: readonly Trial[]): void {
    this.#parents = front;
  }
}

/** Fidelity: cells that a member of the front has at a level. */
const cellsOf = (level: number): number => 4 * 2 ** level;
/** The level grows once so many trials have begun. */
const trialsOf = (level: number): number => 12 * (level + 1);
/** A trial is dropped when a cheaper one scores better by more than this. */
const tolerance = 0.05;
/** A space is taken to be used up when so many asks in a row bring nothing new. */
const askTries = 50;

/** Decides who gets which cells: a trial that is clearly beaten is dropped, the front goes on to more cells. */
function decide(state: SearchState): SearchEvent | undefined {
  const { level, trials } = state;
  const front = state.front();
  for (const trial of trials) {
    if (trial.status !== 'running' || trial.cells.length < trial.granted) continue;
    const isBeaten = front.some(
      (rival) =>
        meanOf(rival, 'score') > meanOf(trial, 'score') + tolerance &&
        meanOf(rival, 'tokens') <= meanOf(trial, 'tokens'),
    );
    if (isBeaten) return { kind: 'trial-finished', trial: trial.trial, status: 'dropped' };
    if (trial.granted >= cellsOf(level)) {
      return { kind: 'trial-finished', trial: trial.trial, status: 'finished' };
    }
    return { kind: 'cells-granted', trial: trial.trial, upTo: cellsOf(level) };
  }
  const behind = front.find(({ granted }) => granted < cellsOf(level));
  if (behind !== undefined) return { kind: 'cells-granted', trial: behind.trial, upTo: cellsOf(level) };
  return trials.length < trialsOf(level) ? undefined : { kind: 'fidelity-grown', level: level + 1 };
}

/**
 * The loop: ask, decide, tell. `journal` may hold what an earlier process did: the search then goes on as that one
 * would have, since every decision follows from the events, and every ask has a random stream named by its number.
 */
export function search(
  measure: (config: Config, cell: number) => Measurement,
  { seed, cells }: { seed: number; cells: number },
  journal: SearchEvent[] = [],
): SearchState {
  const state = new SearchState();
  const strategy = new Strategy();
  const rng = createRng(seed);
  const take = (event: SearchEvent): void => {
    state.apply(event);
    if (event.kind === 'trial-finished') strategy.tell(state.front());
  };
  const record = (event: SearchEvent): void => {
    journal.push(event);
    take(event);
  };
  const ask = (): boolean => {
    const trial = state.trials.length;
    for (let attempt = 0; attempt < askTries; attempt++) {
      const config = strategy.ask(rng.derive('ask', trial, attempt));
      if (state.isKnown(config)) continue;
      record({ kind: 'trial-started', trial, config, granted: cellsOf(0) });
      return true;
    }
    return false;
  };
  journal.forEach(take);
  while (state.trials.reduce((sum, trial) => sum + trial.cells.length, 0) < cells) {
    const decision = decide(state);
    const pending = state.trials.find((trial) => trial.cells.length < trial.granted);
    if (decision !== undefined) record(decision);
    else if (pending !== undefined) {
      const measurement = measure(pending.config, pending.cells.length);
      record({ kind: 'cell-finished', trial: pending.trial, measurement });
    } else if (!ask()) return state;
  }
  return state;
}

/** A world to try it in. The true score rises with agents, and is best at a temperature of 0.4. */
export const trueScore = ({ agents, temperature }: Config): number =>
  0.9 - 0.4 / agents - 0.5 * (temperature - 0.4) ** 2;

/** Cell by cell the same luck for every config, as hard and easy questions are. */
export const measure = (config: Config, cell: number): Measurement => ({
  score: trueScore(config) + 0.1 * createRng('cells').derive(cell).normal(),
  tokens: 100 * config.agents,
});

if (process.argv[1] === import.meta.filename) {
  const state = search(measure, { seed: 1, cells: 1_000 });
  const lines = state.front().map((trial) => {
    const { agents, temperature } = trial.config;
    const [score, tokens] = [meanOf(trial, 'score').toFixed(3), meanOf(trial, 'tokens')];
    return `${agents} agents at ${temperature}: score ${score}, ${tokens} tokens, ${trial.cells.length} cells`;
  });
  process.stdout.write(`${[`The front of ${state.trials.length} trials:`, ...lines].join('\n')}\n`);
}
