import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { tuneInWorld } from './kill-run.ts';

/**
 * {@link tuneInWorld} in a process of its own: `<folder> <evaluations> <paid-calls-file> [<n>]`.
 * Each paid call adds a byte to the file; the n-th ends the process with SIGKILL.
 */
const [folder = '', evaluations = '', paidFile = '', killAt] = process.argv.slice(2);
let paid = 0;
await tuneInWorld(folder, Number(evaluations), () => {
  appendFileSync(paidFile, '.');
  if (killAt !== undefined && ++paid === Number(killAt)) process.kill(process.pid, 'SIGKILL');
});
