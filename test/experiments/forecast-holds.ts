/**
 * What `tune` says before it starts against what the run then takes: jobs of the shipped tasks with the embedded
 * simulated models, on a virtual clock.
 *   nice npx tsx test/experiments/forecast-holds.ts --store /tmp/runs.jsonl
 * `--jobs` (a list of task:evaluations), `--seeds` (a list). Runs are kept in the store (a JSON line each), and made
 * again only when they are not there: after a change of the forecast only forecasts are made anew. `--rehearse N` puts
 * whole rehearsals (N plays of the job) in the short forecast's place.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type QuickForecast, quickForecast, rehearse } from '../../src/analysis/rehearse/index.ts';
import { defaultsOf } from '../../src/cli/command-line.ts';
import { type JobOptions, jobFlags, jsonFlags } from '../../src/cli/flags.ts';
import { rehearsable } from '../../src/cli/wiring/jobs/forecast.ts';
import { planJob } from '../../src/cli/wiring/jobs/job.ts';
import { cardOf } from '../../src/cli/wiring/models/models.ts';
import { tune } from '../../src/library/tune.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { readEvents } from '../bench/load/figures.ts';
import { commandContext } from '../support/cli.ts';

const quantities = ['calls', 'tokens', 'usd', 'seconds'] as const;
type Quantity = (typeof quantities)[number];
type Amounts = Readonly<Record<Quantity, number>>;

/** One run as the store keeps it. */
interface Ran {
  readonly name: string;
  readonly total: Amounts;
  readonly byPhase: Readonly<Record<string, Omit<Amounts, 'seconds'>>>;
}

interface JobName {
  readonly task: string;
  readonly evaluations: number;
  readonly seed: number;
}

const nameOf = ({ task, evaluations, seed }: JobName): string => `${task}:${evaluations}:${seed}`;

async function runForReal(job: JobName): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-forecast-holds-'));
  try {
    const { task, evaluations: maxEvaluations, seed } = job;
    const options = { task, maxEvaluations, seed, cache: false, runsFolder: folder };
    const { spent, folder: run } = await tune({ ...options, models: ['sim/*'] });
    const { calls, tokensIn, tokensOut, usd, seconds } = spent;
    if (usd === null) throw new Error(`${task}: a simulated model has no price`);
    const byPhase = phasesOf(readEvents(run));
    return { name: nameOf(job), total: { calls, tokens: tokensIn + tokensOut, usd, seconds }, byPhase };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function phasesOf(events: readonly RunEvent[]): Ran['byPhase'] {
  const byPhase: Record<string, { calls: number; tokens: number; usd: number }> = {};
  const phaseOf = new Map<number, string>();
  let phase = 'search';
  for (const event of events) {
    if (event.kind === 'phase-started') phase = event.phase;
    else if (event.kind === 'call-dispatched') phaseOf.set(event.call, phase);
    else if (event.kind === 'call-answered') {
      const name = phaseOf.get(event.call) ?? phase;
      byPhase[name] ??= { calls: 0, tokens: 0, usd: 0 };
      byPhase[name].calls++;
      byPhase[name].tokens += event.usage.inputTokens + event.usage.outputTokens;
      byPhase[name].usd += event.usd ?? 0;
    }
  }
  return byPhase;
}

/** What `tune` would say before such a run with these options, without earlier runs; or what whole rehearsals say. */
export async function forecastOf(
  { task, seed, options: given }: { task: string; seed: number; options: Partial<JobOptions> },
  rehearsals = 0,
): Promise<Pick<QuickForecast, 'total'> & { readonly phases?: object }> {
  const context = commandContext();
  const options = { ...defaultsOf(jobFlags), ...defaultsOf(jsonFlags), runsDir: '/nowhere', seed };
  const planned = await planJob(task, { ...options, ...given }, context);
  const card = (model: string) => cardOf(model, undefined);
  const { job, beliefs } = await rehearsable(planned, true, card, { runsFolder: '/nowhere' });
  if (rehearsals === 0) return quickForecast(job, beliefs);
  const { total, byPhase } = await rehearse(job, beliefs, { rehearsals, concurrencies: [] });
  return { total, phases: byPhase };
}

function stored(file: string): Map<string, Ran> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const found = lines.filter((line) => line !== '').map((line): Ran => JSON.parse(line));
  return new Map(found.map((ran) => [ran.name, ran]));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const shown = (quantity: Quantity, value: number): string =>
  quantity === 'usd' ? `$${value.toFixed(2)}` : `${Math.round(value)}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: join(tmpdir(), 'mixtune-forecast-holds.jsonl') },
      jobs: {
        type: 'string',
        default:
          'code-challenge:40,code-challenge:100,code-challenge:200,contest-math:40,contest-math:100,contest-math:200,support-intent:100,ticket-extraction:40',
      },
      seeds: { type: 'string', default: '1,2,3' },
      rehearse: { type: 'string', default: '0' },
      phases: { type: 'boolean', default: false },
      'runs-only': { type: 'boolean', default: false },
    },
  });
  const runs = stored(values.store);
  const ratios: Record<Quantity, { toMean: number; toBound: number }[]> = {
    calls: [],
    tokens: [],
    usd: [],
    seconds: [],
  };
  const jobs = values.seeds.split(',').flatMap((seed) =>
    values.jobs.split(',').map((named): JobName => {
      const [task = '', evaluations = ''] = named.split(':');
      return { task, evaluations: Number(evaluations), seed: Number(seed) };
    }),
  );
  for (const job of jobs) {
    const name = nameOf(job);
    const ran = runs.get(name) ?? (await runForReal(job));
    if (!runs.has(name)) appendFileSync(values.store, `${JSON.stringify(ran)}\n`);
    if (values['runs-only']) continue;
    const { total, phases } = await forecastOf(
      { ...job, options: { maxEvaluations: job.evaluations } },
      Number(values.rehearse),
    );
    const cells = quantities.map((quantity) => {
      const { median, p90 } = total[quantity] ?? { median: Number.NaN, p90: Number.NaN };
      const real = ran.total[quantity];
      ratios[quantity].push({ toMean: real / median, toBound: real / p90 });
      const mark = real <= p90 * (1 + 1e-9) ? '' : ' ABOVE';
      return `${quantity} ${shown(quantity, median)} (${shown(quantity, p90)}) took ${shown(quantity, real)}${mark}`;
    });
    process.stdout.write(`${name}: ${cells.join('; ')}\n`);
    if (values.phases) process.stdout.write(`  ${JSON.stringify({ ran: ran.byPhase, phases })}\n`);
  }
  for (const quantity of quantities) {
    const of = ratios[quantity];
    const held = of.filter(({ toBound }) => toBound <= 1 + 1e-9).length;
    const factor = medianOf(of.map(({ toMean }) => Math.max(toMean, 1 / toMean)));
    process.stdout.write(
      `${quantity}: within the bound ${held} of ${of.length}, taken over typical ${medianOf(of.map(({ toMean }) => toMean)).toFixed(2)} in the median, off by a factor of ${factor.toFixed(2)} in the median\n`,
    );
  }
}

if (import.meta.url === `file://${process.argv[1]}`) await main();
