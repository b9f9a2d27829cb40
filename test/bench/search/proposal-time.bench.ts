import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRng } from '../../../src/core/rng.ts';
import { cellKey } from '../../../src/domain/cell.ts';
import { estimatesOf } from '../../../src/domain/estimates.ts';
import { type ConfigId, configId } from '../../../src/domain/moa-config.ts';
import { createStrategy } from '../../../src/search/strategies.ts';
import { isExtension, type Proposal } from '../../../src/search/strategy.ts';
import { against, type Bench } from '../harness.ts';
import { simulatedWorlds } from './worlds/catalogue.ts';

const trials = 5000;
/** The last of them are timed. */
const timed = 500;
const cellsPerTrial = 8;

interface Drive {
  /** Processor milliseconds of an ask over the timed trials, with what is told of it. */
  readonly milliseconds: number;
  /** Megabytes on the heap after each fifth of the trials. */
  readonly heap: readonly number[];
}

/** `auto` in the largest world of many questions: what it costs beside the calls. */
export const benches: readonly Bench[] = [
  {
    name: 'search-proposal-time',
    async run() {
      const { milliseconds, heap } = driven();
      const note = `auto, world rare, trials ${trials - timed + 1} to ${trials}; heap ${heap.map(Math.round).join(', ')} MB after each fifth`;
      return against(milliseconds, 'ms', { kind: 'limit', name: 'limit', value: 25 }, { atMost: 1 }, note);
    },
  },
  {
    name: 'search-memory-growth',
    async run() {
      const { heap } = driven();
      const [first, second, , , last] = heap as [number, number, number, number, number];
      // What the last three fifths added, for each, against the second fifth.
      const late = (last - second) / 3;
      const note = `auto, world rare; heap ${heap.map(Math.round).join(', ')} MB after each fifth of ${trials} trials`;
      return against(
        late,
        'MB',
        { kind: 'limit', name: 'second fifth', value: Math.max(1, second - first) },
        { atMost: 1.5 },
        note,
      );
    },
  },
];

let once: Drive | undefined;

function driven(): Drive {
  once ??= drive();
  return once;
}

function drive(): Drive {
  const world = simulatedWorlds().find(({ name }) => name === 'rare');
  if (world === undefined) throw new Error('no world named rare');
  const run = world.start(1);
  const configs = new Map<ConfigId, Proposal>();
  const { space, objectives } = world;
  const strategy = createStrategy('auto', {
    space,
    objectives,
    cells: run.searchCells,
    isKnown: (id) => configs.has(id),
  });
  const heap: number[] = [];
  let spent = 0;
  let asked = 0;
  for (let asks = 0; configs.size < trials; asks++) {
    const from = process.cpuUsage();
    const chosen = strategy.ask(createRng(`time/${asks}`));
    const deciding = process.cpuUsage(from);
    if (typeof chosen === 'string') throw new Error(`trial ${configs.size}: ${chosen}`);
    const id = isExtension(chosen) ? chosen.extend : configId(chosen.config);
    if (!isExtension(chosen)) configs.set(id, chosen);
    const { config, origin } = configs.get(id) as Proposal;
    const count = isExtension(chosen) ? chosen.cells : cellsPerTrial;
    const measured = run.cells.slice(0, count).map((cell) => ({
      key: cellKey(cell),
      measurement: run.measure(config, cell, id).measurement,
    }));
    const estimates = estimatesOf(measured.map(({ measurement }) => measurement));
    const before = process.cpuUsage();
    if (isExtension(chosen)) strategy.extended?.(id);
    strategy.tell({ id, config, origin, status: 'finished', estimates, cells: measured });
    const told = process.cpuUsage(before);
    if (configs.size > trials - timed) {
      asked++;
      spent += deciding.user + deciding.system + told.user + told.system;
    }
    if (!isExtension(chosen) && configs.size % (trials / 5) === 0) heap.push(heapMegabytes());
  }
  return { milliseconds: spent / asked / 1000, heap };
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
