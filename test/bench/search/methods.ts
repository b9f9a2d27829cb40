import { createRng } from '../../../src/core/rng.ts';
import type { Cell } from '../../../src/domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../../src/domain/moa-config.ts';
import { type AutoOptions, AutoStrategy } from '../../../src/search/auto.ts';
import { type RacingRuleName, racingRuleNames } from '../../../src/search/racing/index.ts';
import { levelledSchedule } from '../../../src/search/scheduling/levelled-scheduler.ts';
import type { ScheduleOptions } from '../../../src/search/scheduling/types.ts';
import { SearchSession } from '../../../src/search/session.ts';
import { createStrategy, strategyRecord } from '../../../src/search/strategies.ts';
import type { Strategy, StrategyContext } from '../../../src/search/strategy.ts';
import type { StrategyRecord } from '../../../src/search/strategy-record.ts';
import { withBaselines } from '../../../src/search/with-baselines.ts';
import { bestOfN } from './peers/best-of-n.ts';
import { FlatSpace } from './peers/encoding.ts';
import type { OptunaProcess, OptunaSampler } from './peers/optuna.ts';
import { OptunaStrategy } from './peers/optuna-strategy.ts';
import { plainSearch } from './peers/plain.ts';
import type { MeasuringOptions, World, WorldRun } from './worlds/world.ts';

interface Recommended {
  readonly id: ConfigId;
  readonly config: MoaConfig;
}

/** A search under way: each step of `steps` has paid the yielded tokens and not yet learned from them. */
export interface Search {
  readonly steps: Generator<number, void>;
  /** What it would recommend now. */
  front(): readonly Recommended[];
  trials(): number;
}

/**
 * A method as it is written on the command line: a name, then switches after `+`, for example
 * `evolution+racing=e-process+reevaluation=0` or `nsga2-plain+cells=60`.
 *
 * - any strategy of mixtune (`auto`, `evolution`, `random`, …): in a search session
 * - `tpe-helped`, `tpe-group-helped`, `nsga2-helped`: Optuna in a session: singles enqueued, shared cells, growing fidelity;
 *   no racing and no re-evaluation unless switched on; with `starts=on` our small start configs, too
 * - `tpe-plain`, `nsga2-plain`, `random-plain`: `cells` random tuning cells (20) for each trial, nothing else
 * - `best-of-n`: every single, then the best with more and more samples, voted on, ranked or fused
 * - `vote-of-n`: the same with votes alone
 */
export interface Method {
  readonly spec: string;
  readonly name: string;
  readonly switches: ReadonlyMap<string, string>;
}

/** Better than 60 and than all cells for random search and NSGA-II: docs/search-benchmarks.md. */
const cellsOfPlainTrial = 20;

/** Options of `auto` that have a number. */
const autoSwitches: Readonly<Record<string, keyof AutoOptions>> = {
  children: 'children',
  free: 'freeChildren',
  fusions: 'fusions',
  unscreened: 'unscreenedShare',
  overhead: 'overhead',
  ahead: 'ahead',
  probes: 'probes',
  screening: 'screening',
};

const known = [
  ...['starts', 'racing', 'start', 'grow', 'look', 'reevaluation', 'limit', 'cells', 'crn', 'sharing'],
  ...Object.keys(autoSwitches),
];

export function parseMethod(spec: string): Method {
  const [name = '', ...rest] = spec.split('+');
  const switches = new Map(
    rest.map((text): [string, string] => {
      const [key = '', value = ''] = text.split('=');
      if (!known.includes(key) || value === '') {
        throw new Error(`--methods: expected ${known.join('=, ')}= after +, found "${text}"`);
      }
      return [key, value];
    }),
  );
  return { spec, name, switches };
}

/** Peers change only with this folder, so that their results can be kept when the search changes. */
export const isPeer = ({ name }: Method): boolean =>
  name.endsWith('-plain') || name.endsWith('-helped') || name.endsWith('-of-n');

export function measuringOptions({ switches }: Method): MeasuringOptions {
  return { commonNumbers: switches.get('crn') !== 'off', sharing: switches.get('sharing') !== 'off' };
}

/** @param optuna starts Optuna's process when first called */
export function startSearch(
  method: Method,
  world: World,
  run: WorldRun,
  seed: number,
  optuna: () => OptunaProcess,
): Search {
  const { name, switches } = method;
  const sampler = /^(tpe-group|tpe|nsga2)-(?:plain|helped)$/.exec(name)?.[1] as OptunaSampler | undefined;
  const strategyOf = (context: StrategyContext): Strategy => {
    if (name === 'auto') return withBaselines(new AutoStrategy(context, autoOptions(switches)), context);
    if (sampler === undefined) return createStrategy(name === 'random-plain' ? 'random' : name, context);
    const flat = new FlatSpace(world.space);
    const study = optuna().study(sampler, seed, flat.parameters, world.objectives.length);
    const strategy = new OptunaStrategy(context, flat, study);
    if (!name.endsWith('-helped')) return strategy;
    return withBaselines(strategy, context, switches.get('starts') === 'on' ? undefined : 0);
  };
  if (name === 'best-of-n') return bestOfN(world, run, ['vote', 'rank', 'fuse']);
  if (name === 'vote-of-n') return bestOfN(world, run, ['vote']);
  if (name.endsWith('-plain')) {
    return plainSearch(world, run, seed, Number(switches.get('cells') ?? cellsOfPlainTrial), strategyOf);
  }
  const schedule: ScheduleOptions = name.endsWith('-helped')
    ? { ...levelledSchedule, racing: 'none', reevaluationShare: 0 }
    : strategyRecord(name).schedule;
  const record = { create: strategyOf, schedule: { ...schedule, ...scheduleSwitches(switches) } };
  return sessionSearch(world, run, seed, record);
}

function autoOptions(switches: ReadonlyMap<string, string>): Partial<AutoOptions> {
  const given = [...switches].flatMap(([name, value]): [string, number][] => {
    const option = autoSwitches[name];
    return option === undefined ? [] : [[option, Number(value)]];
  });
  return Object.fromEntries(given);
}

function scheduleSwitches(switches: ReadonlyMap<string, string>): Partial<ScheduleOptions> {
  const number = (name: string, key: keyof ScheduleOptions): Partial<ScheduleOptions> => {
    const value = switches.get(name);
    if (value === undefined) return {};
    return { [key]: value === 'all' ? Number.POSITIVE_INFINITY : Number(value) };
  };
  const racing = switches.get('racing');
  return {
    ...number('start', 'startingCells'),
    ...number('grow', 'growAfter'),
    ...number('look', 'firstLook'),
    ...number('reevaluation', 'reevaluationShare'),
    ...(switches.has('reevaluation') ? { reevaluateWhileGrowing: true } : {}),
    ...number('limit', 'reevaluationLimit'),
    ...(racing === undefined ? {} : { racing: racingRule(racing) }),
  };
}

function racingRule(name: string): RacingRuleName {
  const known = racingRuleNames.find((rule) => rule === name);
  if (known === undefined) throw new Error(`racing: expected ${racingRuleNames.join(', ')}, found "${name}"`);
  return known;
}

function sessionSearch(world: World, run: WorldRun, seed: number, strategy: StrategyRecord): Search {
  const { space, objectives } = world;
  const { searchCells } = run;
  const order = createRng(`bench/${seed}/cells`);
  // Questions in a drawn order, as a run's tuning cells are; the fresh repeats follow in the same order.
  const cells = inDrawnOrder(run.cells, searchCells, order.shuffle([...Array(searchCells).keys()]));
  const session = new SearchSession({ space, objectives, cells, searchCells, seed, strategy });
  function* steps(): Generator<number, void> {
    for (;;) {
      const step = session.next();
      if (step.kind !== 'cell') return;
      const { trial, cell } = step;
      const { measurement, paidTokens } = run.measure(trial.config, cell, trial.id);
      yield paidTokens;
      session.finish(trial, cell, measurement);
    }
  }
  return { steps: steps(), front: () => session.front(), trials: () => session.trials.length };
}

export function inDrawnOrder(cells: readonly Cell[], block: number, order: readonly number[]): Cell[] {
  const drawn: Cell[] = [];
  for (let start = 0; start < cells.length; start += block) {
    for (const index of order) {
      const cell = cells[start + index];
      if (cell !== undefined) drawn.push(cell);
    }
  }
  return drawn;
}
