/**
 * Measures canonical systems on every shipped task that simulated models know, and rewrites the table of
 * test/sim/simulated-scores.md:  nice npx tsx test/experiments/sim-tasks.ts [task …]
 * Without tasks all are measured; with some, their columns are printed and nothing is written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createTextbook } from '../../src/sim/index.ts';
import {
  createScorer,
  knownTasks,
  type MeasuredSystem,
  measureSystem,
  shippedTask,
  systemsFor,
} from '../support/sim-tasks.ts';

const seeds = [1, 2, 3];
/** Every third instance: enough for a standard error of about 0.03. */
const every = 3;
const page = new URL('../sim/simulated-scores.md', import.meta.url);
const begin = '<!-- tasks table: written by test/experiments/sim-tasks.ts -->';
const end = '<!-- end of tasks table -->';

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : knownTasks;
const tasks = await Promise.all(names.map(shippedTask));
const textbook = createTextbook(tasks);
const columns: MeasuredSystem[][] = [];
for (const task of tasks) {
  const instances = task.tuning.filter((_, index) => index % every === 0);
  const grade = createScorer(task, textbook);
  const column: MeasuredSystem[] = [];
  for (const system of systemsFor(task.name)) {
    column.push(await measureSystem(task, textbook, system, { seeds, instances, grade }));
  }
  columns.push(column);
  process.stderr.write(`${task.name}: ${instances.length} instances\n`);
}

const shown = ({ score, seconds, tokens }: MeasuredSystem): string =>
  `${score.toFixed(3)} · ${seconds.toFixed(1)} s · ${Math.round(tokens)}`;
const rows = (columns[0] ?? []).map(({ name }, row) => {
  const cells = columns.map((column) => (column[row] === undefined ? '' : shown(column[row])));
  return `| ${name} | ${cells.join(' | ')} |`;
});
const table = [
  `Simulated; worlds (seeds) ${seeds.join(', ')} × every third instance; score · latency · tokens.`,
  '',
  `| system | ${names.join(' | ')} |`,
  `|---|${names.map(() => '---').join('|')}|`,
  ...rows,
].join('\n');
process.stdout.write(`${table}\n`);
const old = readFileSync(page, 'utf8');
const [before, rest] = old.split(begin);
const after = rest?.split(end)[1];
if (asked.length === 0 && before !== undefined && after !== undefined) {
  writeFileSync(page, `${before}${begin}\n${table}\n${end}${after}`);
}
