import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Cell } from '../../src/domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../src/domain/moa-config.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { advisedSchedule } from '../../src/search/scheduling/advised-scheduler.ts';
import { SearchSession } from '../../src/search/session.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import type { Trial } from '../../src/search/trial.ts';
import { simulatedWorlds } from '../bench/search/worlds/catalogue.ts';
import { thorough } from '../support/thorough.ts';
import { drive, reportOf } from './drive.ts';
import { wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const objectives: readonly ObjectiveName[] = ['score', 'latency', 'tokens'];
const cells = Array.from(
  { length: 96 },
  (_, at): Cell => ({ split: 'tuning', instance: `q${at}`, repeat: 0 }),
);
/** A trial takes the longer the more are before it. */
const trials = thorough ? 260 : 34;

/** A session of `auto`, several cells under way at a time. */
function search(seed: number, trials: number, together = 1) {
  const landscape = createLandscape(`auto-${seed}`);
  const session = new SearchSession({
    space: wideSpace(),
    objectives,
    cells,
    seed,
    strategy: 'auto',
  });
  const flying: { trial: Trial; cell: Cell }[] = [];
  const land = (): void => {
    const { trial, cell } = flying.shift() as (typeof flying)[number];
    session.finish(trial, cell, landscape.measure(trial.config, trial.id, `${cell.instance}/${cell.repeat}`));
  };
  let ended: string = 'trials';
  while (session.trials.length < trials) {
    const step = session.next();
    if (step.kind === 'exhausted') {
      ended = step.kind;
      break;
    }
    if (step.kind === 'cell') flying.push(step);
    if (step.kind === 'wait' || flying.length >= together) land();
  }
  while (flying.length > 0) land();
  return { session, landscape, ended };
}

it.skipIf(!thorough)('compares so many candidates for each proposal as it is asked to', () => {
  const looked = (candidateShare: number): number => {
    const known = new Set<ConfigId>();
    let asked = 0;
    const isKnown = (id: ConfigId): boolean => {
      asked++;
      return known.has(id);
    };
    const strategy = createStrategy('auto', { space: wideSpace(), objectives, isKnown, candidateShare });
    drive(strategy, createLandscape('auto-share'), { seed: 1, evaluations: 34, known });
    return asked;
  };
  expect(looked(0.25)).toBeLessThan(looked(1) / 2);
});

it('takes new configs to begin on as many cells as they do, although a seed began on more', () => {
  const known = new Set<ConfigId>();
  const isKnown = (id: ConfigId) => known.has(id);
  const context = { space: wideSpace(), objectives, isKnown, cells: 96, firstCells: () => 8 };
  const strategy = createStrategy('auto', context);
  const landscape = createLandscape('seeded');
  const { reports } = drive(strategy, landscape, { seed: 1, evaluations: 30, repeats: 8, known });
  const config = randomConfig(context.space, createRng('a seed')) as MoaConfig;
  strategy.tell(reportOf({ config, origin: { operator: 'warm-start', parents: [] } }, landscape, 64));
  const further = strategy.further?.();
  const had = reports.findLast(({ id }) => id === further?.extend)?.cells.length ?? Number.NaN;
  expect(further?.cells).toBe(had + Math.max(8, had));
});

describe('auto in a session', () => {
  const { session, landscape, ended } = search(1, trials);

  it('goes on in a large space, also when it looks at what was told only now and then', () => {
    expect(ended).toBe('trials');
    expect(session.trials).toHaveLength(trials);
  });

  it('starts on few cells, on more later, and measures further what is on the front', () => {
    const begun = session.trials.map((trial) => trial.begun.size);
    expect(Math.min(...begun.slice(0, 30))).toBe(advisedSchedule.startingCells);
    expect(Math.max(...begun)).toBeLessThanOrEqual(cells.length);
    // Few trials are of one level, and none of them is measured much further.
    if (!thorough) return;
    expect(Math.min(...begun.slice(200, 255))).toBeGreaterThan(advisedSchedule.startingCells);
    // Times as many as the trial began with: later ones begin with more.
    const { startingCells, growAfter } = advisedSchedule;
    const times = ({ trial, begun: { size } }: Trial): number =>
      size / Math.min(cells.length, startingCells * 2 ** Math.floor(trial / growAfter));
    const mean = (all: readonly Trial[]) => all.reduce((sum, trial) => sum + times(trial), 0) / all.length;
    const front = new Set(session.front());
    const others = session.trials.filter((trial) => !front.has(trial));
    expect(mean([...front])).toBeGreaterThan(1.2 * mean(others));
  });

  it.skipIf(!thorough)(
    'recommends a front whose scores are nearer the truth than those that look best',
    () => {
      const luck = (trials: readonly Trial[]) =>
        trials.reduce(
          (sum, { config, means }) => sum + (means.score ?? 0) - landscape.truth(config).score,
          0,
        ) / trials.length;
      const best = [...session.trials]
        .sort((a, b) => (b.means.score ?? 0) - (a.means.score ?? 0))
        .slice(0, 5);
      const members = [...session.front()].slice(0, 5);
      expect(luck(members)).toBeLessThan(luck(best));
    },
  );

  it.skipIf(!thorough)('does the same again, and with several cells under way', () => {
    const again = search(1, 60).session.trials.map(({ id, begun }) => [id, begun.size]);
    expect(search(1, 60).session.trials.map(({ id, begun }) => [id, begun.size])).toEqual(again);
    const { session: busy, ended: busyEnd } = search(2, 60, 7);
    expect(busyEnd).toBe('trials');
    expect(busy.trials.every(({ status }) => status !== 'failed')).toBe(true);
  });

  it('never asks for a vote on two answers', () => {
    const votes = session.trials.filter(({ config, origin }) => {
      const [first, second] = config.stages;
      if (first?.kind !== 'propose' || second?.kind !== 'vote' || config.stages.length > 2) return false;
      const answers = first.agents.reduce((sum, { samples = 1 }) => sum + samples, 0);
      return answers === 2 && !['start', 'random'].includes(origin.operator);
    });
    expect(votes).toEqual([]);
  });

  it.skipIf(!thorough)(
    'measures further what may be better than it is believed to be, where all configs have been tried',
    () => {
      const world = simulatedWorlds().find(({ name }) => name === 'tiny');
      if (world === undefined) throw new Error('expected a world "tiny"');
      const run = world.start(1);
      const { space } = world;
      const few = run.cells.slice(0, 256);
      const small = new SearchSession({ space, objectives, cells: few, seed: 1, strategy: 'auto' });
      for (let step = small.next(); step.kind === 'cell'; step = small.next()) {
        const { trial, cell } = step;
        small.finish(trial, cell, run.measure(trial.config, cell, trial.id).measurement);
      }
      const further = small.trials.filter(({ begun }) => begun.size > advisedSchedule.startingCells);
      expect(further.length).toBeGreaterThan(0.6 * small.trials.length);
    },
  );
});

it.skipIf(!thorough)(
  'goes on where some questions stay unscored: a trial that was asked them all is no longer measured further',
  () => {
    const world = simulatedWorlds().find(({ name }) => name === 'prompts');
    if (world === undefined) throw new Error('expected a world "prompts"');
    const { space } = world;
    const run = world.start(2);
    const few = run.cells.slice(0, 16);
    const small = new SearchSession({ space, objectives, cells: few, seed: 2, strategy: 'auto' });
    let kind = 'cell';
    while (kind === 'cell' && small.trials.length < 70) {
      const step = small.next();
      kind = step.kind;
      if (step.kind !== 'cell') break;
      const { trial, cell } = step;
      const isUnscored = cell === few[3] || cell === few[15];
      small.finish(trial, cell, isUnscored ? null : run.measure(trial.config, cell, trial.id).measurement);
    }
    expect(kind).toBe('cell');
  },
);
