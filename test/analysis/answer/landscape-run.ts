import { createRng, type Rng } from '../../../src/core/rng.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import type { Cell } from '../../../src/domain/cell.ts';
import type { MoaConfig } from '../../../src/domain/moa-config.ts';
import type { Task } from '../../../src/domain/task.ts';
import { Ledger } from '../../../src/run/calls/ledger.ts';
import { cellPlan } from '../../../src/run/cells/cell-plan.ts';
import type { RunEvent } from '../../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../../src/run/journal/journal.ts';
import { Recorder } from '../../../src/run/journal/recorder.ts';
import { Plan } from '../../../src/run/plan.ts';
import type { TuneSettings } from '../../../src/run/types.ts';
import { SearchLoop } from '../../../src/search/loop.ts';
import type { SearchEvent } from '../../../src/search/search-events.ts';
import type { OpenCell } from '../../../src/search/search-state.ts';
import type { SearchSpace } from '../../../src/search/space.ts';
import { createStrategy, strategyRecord } from '../../../src/search/strategies.ts';
import type { Trial } from '../../../src/search/trial.ts';
import { allPrompts, makeSpace, models } from '../../search/spaces.ts';
import { createLandscape, type Landscape } from '../../search/synthetic.ts';

export type PlayedStrategy = 'auto' | 'evolution' | 'random';

/** A small world: a landscape of true scores, questions of different difficulty, and a noisy grader. */
export interface World {
  readonly seed: string;
  /** Checks of the grader: a cell's score is the share of them that pass, each with the config's chance. */
  readonly checks: number;
  readonly instances: number;
  readonly strategy: PlayedStrategy;
  readonly space: SearchSpace;
  readonly repeats: number;
}

/** Not all that there are: a further kind would draw other worlds. */
const wideKinds: SearchSpace['stages']['kinds'] = [
  'route',
  'critique',
  'verify',
  'rank',
  'vote',
  'fuse',
  'loop',
];

/** Draws a world: size of the space, noise, questions and, where none is given, the strategy vary. */
export function drawWorld(number: number, strategy?: PlayedStrategy): World {
  const rng = createRng(`answer-world/${number}`);
  const useModels = models.slice(0, 3 + rng.integer(6));
  const wide = rng.next() < 0.6;
  return {
    seed: `${number}`,
    checks: rng.pick([4, 8, 24]),
    instances: rng.pick([3, 6, 10]),
    strategy: drawStrategy(rng, strategy),
    repeats: rng.pick([1, 2]),
    space: makeSpace(
      {
        temperatures: [0, 0.3, 0.7, 1],
        samples: { min: 1, max: 4 },
        rounds: { min: 1, max: wide ? 3 : 1 },
        agents: { min: 1, max: wide ? 6 : 3 },
        stages: { kinds: wide ? wideKinds : ['fuse', 'vote'], max: wide ? 4 : 2 },
        prompts: allPrompts,
      },
      useModels,
    ),
  };
}

/** Draws in any case, so that worlds of one number are alike but for it. */
function drawStrategy(rng: Rng, given: PlayedStrategy | undefined): PlayedStrategy {
  const drawn = rng.next() < 0.85 ? 'evolution' : 'random';
  return given ?? drawn;
}

export interface PlayedRun {
  readonly events: readonly RunEvent[];
  readonly settings: TuneSettings;
}

/** True score of a config: its mean over the tuning questions, the holdout's, or all there could be. */
export function truthOf(
  world: World,
  over: 'tuning' | 'holdout' | 'population' = 'tuning',
): (config: MoaConfig) => number {
  const { truth } = createLandscape(world.seed);
  const count = over === 'population' ? 500 : world.instances;
  const prefix = { tuning: 't', holdout: 'h', population: 'p' }[over];
  return (config) => {
    const { score } = truth(config);
    let sum = 0;
    for (let index = 0; index < count; index++) sum += chance(world, score, `${prefix}${index}`);
    return sum / count;
  };
}

const difficulties = new Map<string, number>();

function chance(world: World, score: number, instance: string): number {
  const name = `${world.seed}/difficulty/${instance}`;
  const difficulty = difficulties.get(name) ?? 0.8 * createRng(name).normal();
  difficulties.set(name, difficulty);
  const odds = Math.log(score / (1 - score)) + difficulty + 0.8;
  return 1 / (1 + Math.exp(-odds));
}

/**
 * Plays a tuning run on the landscape with the real plan, strategy, book and recorder, and no calls but
 * one invented for each cell. Runs of one world that differ only in `evaluations` share their beginning.
 */
export function playRun(world: World, evaluations: number): PlayedRun {
  const settings: TuneSettings = {
    strategy: world.strategy,
    // The others are measured with all cells at once, as they were when they were calibrated.
    ...(world.strategy === 'auto' ? { schedule: strategyRecord('auto').schedule } : {}),
    objectives: ['score', 'latency', 'tokens'],
    seed: 1,
    repeats: world.repeats,
    finishRepeats: 2 * world.repeats,
    holdoutRepeats: 2,
    concurrency: 8,
    budget: { maxEvaluations: evaluations },
    models: world.space.models,
    simulated: true,
  };
  return { events: new Player(world, settings).play(), settings };
}

type Truth = ReturnType<Landscape['truth']>;

class Player {
  readonly #world: World;
  readonly #landscape: ReturnType<typeof createLandscape>;
  readonly #journal = createMemoryJournal();
  readonly #recorder: Recorder;
  readonly #plan: Plan;
  readonly #concurrency: number;
  readonly #flying: { readonly open: OpenCell; readonly trial: Trial; readonly due: number }[] = [];
  readonly #truths = new Map<string, Truth>();
  #now = 0;

  constructor(world: World, settings: TuneSettings) {
    this.#world = world;
    this.#landscape = createLandscape(world.seed);
    this.#concurrency = settings.concurrency;
    const clock = new VirtualClock();
    this.#recorder = new Recorder(this.#journal, { clock, now: () => this.#now, durability: 'batched' });
    const { state } = this.#recorder;
    const { objectives, budget } = settings;
    const { space } = world;
    const task = taskOf(world);
    const rng = createRng(`${world.seed}/run`);
    const { finishCells, ...cells } = cellPlan(task, settings);
    const loop = new SearchLoop({
      ...cells,
      ...{ state, space, objectives, rng },
      record: (event) => this.#recorder.record(event),
      strategy: (context) => createStrategy(settings.strategy, context),
    });
    this.#recorder.follow({ take: (event) => loop.take(event as SearchEvent) });
    this.#plan = new Plan({
      recorder: this.#recorder,
      loop,
      ledger: new Ledger(budget, state),
      task,
      budget,
      rng,
      finishCells,

      holdoutRepeats: settings.holdoutRepeats,
      headlineRepeats: settings.holdoutRepeats,
      endShare: settings.endShare,
      earlierCalls: 0,
      space,
      concurrency: 8,
      isDown: () => false,
      isPaced: () => false,
      heldBack: () => new Set<string>(),
      card: () => undefined,
    });
  }

  play(): readonly RunEvent[] {
    for (;;) {
      if (this.#fill() === 'over') return this.#journal.written;
      this.#land();
    }
  }

  #fill(): 'over' | 'waiting' {
    const { state } = this.#recorder;
    for (;;) {
      this.#plan.concludeTrials();
      if (this.#flying.length >= this.#concurrency) return 'waiting';
      const { phase } = state;
      const next = this.#plan.next();
      if (state.phase !== phase) continue;
      if (next.kind === 'cell') this.#start(next.trial, next.of);
      else if (next.kind === 'done' && phase === 'done') return 'over';
      else if (next.kind === 'done' && this.#flying.length === 0) this.#plan.advance();
      else return 'waiting';
    }
  }

  #start(trial: Trial, of: Cell): void {
    const cell = this.#recorder.state.cells;
    this.#recorder.record({ kind: 'cell-started', cell, trial: trial.trial, of });
    const { latency } = this.#truth(trial);
    const due = this.#now + 1000 * latency * (0.8 + 0.4 * this.#draw(trial, of).next());
    this.#flying.push({ open: { cell, trial: trial.trial, of }, trial, due });
  }

  #land(): void {
    this.#flying.sort((a, b) => a.due - b.due || a.open.cell - b.open.cell);
    const next = this.#flying.shift();
    if (next === undefined) throw new Error('the plan waits although nothing is in flight');
    const { open, trial, due } = next;
    this.#now = due;
    const { score, latency, tokens } = this.#truth(trial);
    const rng = this.#draw(trial, open.of).derive('score');
    const passing = chance(this.#world, score, open.of.instance);
    let passed = 0;
    for (let check = 0; check < this.#world.checks; check++) passed += rng.next() < passing ? 1 : 0;
    const value = passed / this.#world.checks;
    const call = this.#recorder.state.calls;
    const used = { tokensIn: Math.round(tokens / 2), tokensOut: Math.round(tokens / 2) };
    const usd = tokens / 1e6;
    this.#recorder.record({
      kind: 'call-dispatched',
      call,
      key: `${open.cell}`,
      attempt: 0,
      model: 'sim/world',
      purpose: 'agent',
      reserved: { ...used, usd },
    });
    const usage = { inputTokens: used.tokensIn, outputTokens: used.tokensOut, estimated: false };
    this.#recorder.record({ kind: 'call-answered', call, usage, usd, serviceMs: latency * 1000 });
    this.#recorder.record({
      kind: 'cell-finished',
      cell: open.cell,
      trial: open.trial,
      result: {
        grade: { kind: 'scored', value },
        measurement: { score: value, latency, tokens, usd },
        answer: 'written',
        degraded: [],
        calls: 1,
        tokensEstimated: false,
      },
    });
  }

  #truth({ id, config }: Trial): Truth {
    const truth = this.#truths.get(id) ?? this.#landscape.truth(config);
    this.#truths.set(id, truth);
    return truth;
  }

  #draw(trial: Trial, of: Cell) {
    return createRng(`${this.#world.seed}/${trial.id}/${of.split}/${of.instance}/${of.repeat}`);
  }
}

function taskOf(world: World): Task {
  const named = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, input: 'What?' }));
  return {
    version: 1,
    name: 'landscape',
    description: 'An invented landscape.',
    instances: 'instances.jsonl',
    grader: { name: 'none' },
    answer: 'text',
    split: { holdout: 0.5, seed: 1 },
    repeats: world.repeats,
    objectives: ['score', 'latency', 'tokens'],
    hash: 'none',
    tuning: named('t', world.instances),
    holdout: named('h', world.instances),
  };
}
