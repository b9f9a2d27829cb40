import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { tune } from '../../src/run/tune.ts';
import { draftingDependencies, draftingSettings } from '../run/world.ts';

/**
 * Tunes in the synthetic world, in a process of its own: `<folder> <evaluations> <paid-calls-file> [<n>]`.
 * Each paid call adds a byte to the file; the n-th ends the process with SIGKILL.
 */
const [folder = '', evaluations = '', paidFile = '', killAt] = process.argv.slice(2);
const dependencies = draftingDependencies({ failureRate: 0.1 });
let paid = 0;
const { model } = dependencies;
const complete = model.complete.bind(model);
model.complete = (...given) => {
  appendFileSync(paidFile, '.');
  if (killAt !== undefined && ++paid === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  return complete(...given);
};
await tune(
  folder,
  { ...draftingSettings, budget: { maxEvaluations: Number(evaluations) } },
  { ...dependencies, commitEvery: 5 },
);
