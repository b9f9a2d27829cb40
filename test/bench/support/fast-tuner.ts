import process from 'node:process';
import { type Clock, createRealClock } from '../../../src/core/clock.ts';
import { tune } from '../../../src/run/tune.ts';
import { createWorldModel, worldDependencies, worldSettings } from '../../run/world.ts';

/**
 * Tunes in the synthetic world with 256 calls in flight that take up to half a second each:
 * `<folder> <evaluations>`. Prints the milliseconds that it took, and those of the processor.
 */
const [folder = '', evaluations = ''] = process.argv.slice(2);
const clock = createRealClock();
const quick: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(ms / 10, signal) };
const start = performance.now();
await tune(
  folder,
  { ...worldSettings, concurrency: 256, budget: { maxEvaluations: Number(evaluations) } },
  { ...worldDependencies(), clock, model: createWorldModel(quick) },
);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ms: performance.now() - start, cpuMs: (user + system) / 1000 }));
