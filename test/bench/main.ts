import { readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { buildAsShipped } from './as-shipped.ts';
import type { Bench, Outcome } from './harness.ts';

/**
 * `npm run bench -- [--only name]… [--list] [--json]`: runs the benchmarks of this folder one after the
 * other and prints each figure beside its peer or limit. Exit 0: all goals met; 1: a goal was missed or
 * a benchmark failed; 2: bad usage.
 */
const options = readOptions();
const all = await loadBenches();
const chosen = choose(all, options.only);
if (options.list) {
  for (const bench of chosen) console.log(bench.name);
} else {
  process.exitCode = await runAll(chosen, options.json);
}

function readOptions(): { only: string[]; json: boolean; list: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

async function loadBenches(): Promise<Bench[]> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.bench.ts'))
    .sort();
  const built = await buildAsShipped(folder, files);
  const found: Bench[] = [];
  for (const file of files) {
    const module: { bench?: Bench; benches?: readonly Bench[] } = await import(built(file).href);
    const held = [...(module.bench === undefined ? [] : [module.bench]), ...(module.benches ?? [])];
    if (held.length === 0) throw new Error(`${file}: expected an export "bench" or "benches", found neither`);
    found.push(...held);
  }
  return found;
}

function choose(benches: readonly Bench[], only: readonly string[]): readonly Bench[] {
  if (only.length === 0) return benches;
  const unknown = only.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    return usage(`no benchmark "${unknown}"; there are: ${benches.map((bench) => bench.name).join(', ')}`);
  }
  return benches.filter((bench) => only.includes(bench.name));
}

async function runAll(benches: readonly Bench[], asJson: boolean): Promise<0 | 1> {
  const outcomes: Outcome[] = [];
  const failures: { name: string; error: string }[] = [];
  for (const bench of benches) {
    process.stderr.write(`bench ${bench.name} …\n`);
    try {
      outcomes.push({ name: bench.name, ...(await bench.run()) });
    } catch (error) {
      failures.push({ name: bench.name, error: error instanceof Error ? error.message : String(error) });
    }
  }
  if (asJson) console.log(JSON.stringify({ machine: machine(), outcomes, failures }, null, 2));
  else {
    console.log(machine());
    console.log(tableOf(outcomes));
  }
  for (const { name, error } of failures) process.stderr.write(`bench ${name} failed: ${error}\n`);
  return failures.length === 0 && outcomes.every((outcome) => outcome.met) ? 0 : 1;
}

function tableOf(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: ['benchmark', 'figure', 'peer or limit', 'ratio', 'goal', 'met', 'note'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'left'],
  });
  for (const { name, figure, unit, peerOrLimit, ratio, goal, met, note } of outcomes) {
    table.push([
      name,
      `${short(figure)} ${unit}`,
      `${peerOrLimit.name} ${short(peerOrLimit.value)} ${unit}`,
      ratio.toFixed(3),
      'atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`,
      met ? 'yes' : 'NO',
      note ?? '',
    ]);
  }
  return table.toString();
}

function short(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString();
}

function machine(): string {
  return `node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
}

function usage(message: string): never {
  process.stderr.write(`bench: ${message}\nusage: npm run bench -- [--only name]… [--list] [--json]\n`);
  process.exit(2);
}
