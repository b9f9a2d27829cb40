/**
 * How a run uses a server that it keeps busy: slots, blindness, the holdout, hopeless models, latency.
 *
 *   npx tsx test/bench/load/main.ts [virtual|http] [--slots 8,64,256] [--seeds 5] [--time 60s] [--tokens 400k] [--task contest-math]
 *
 * `virtual` decides: it is deterministic. `http` asks `mixtune sim` in a process of its own, on the machine's clock.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli } from '../../../src/cli/program.ts';
import type { FrontFile } from '../../../src/domain/run-result.ts';
import { testContext } from '../../support/cli.ts';
import { figuresOf, type LoadFigures, readEvents } from './figures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slots: { type: 'string', default: '8,64,256' },
    seeds: { type: 'string', default: '5' },
    time: { type: 'string', default: '60s' },
    tokens: { type: 'string' },
    task: { type: 'string', default: 'contest-math' },
    models: { type: 'string', default: 'wisp-1b,finch-3b,heron-8b,otter-32b,sage-70b,gale-109b' },
    server: { type: 'string', default: 'slots=256,load=0.01' },
    more: { type: 'string', default: '' },
  },
});
const http = positionals[0] === 'http';
const folder = mkdtempSync(join(tmpdir(), 'mixtune-load-bench-'));

/** The simulated models over HTTP, in a process of their own. */
async function serve(seed: number): Promise<{ url: string; process: ChildProcess }> {
  const flags = values.server.split(',').flatMap((part) => {
    const [name = '', amount = ''] = part.split('=');
    return [`--${name}`, amount];
  });
  const line = [
    '--import',
    'tsx',
    'src/cli/main.ts',
    'sim',
    '--port',
    '0',
    '--seed',
    `${seed}`,
    '--json',
    ...flags,
  ];
  const server = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (piece) => {
      text += String(piece);
      const found = /"url":\s*"([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    server.once('exit', () => reject(new Error(`mixtune sim ended: ${text}`)));
  });
  return { url, process: server };
}

async function play(slots: number, seed: number): Promise<LoadFigures> {
  const run = `run-${slots}-${seed}`;
  const served = http ? await serve(seed) : undefined;
  const short = values.models.split(',');
  const models = served === undefined ? short.map((name) => `sim/${name}`) : short;
  const reached = served === undefined ? ['--sim-load', values.server] : ['--base-url', served.url];
  const budget = values.tokens === undefined ? ['--max-time', values.time] : ['--max-tokens', values.tokens];
  const argv = [
    ...['tune', values.task, '--models', models.join(','), ...reached, ...budget],
    ...['--concurrency', `${slots}`, '--seed', `${seed}`, '--run', run, '--no-cache', '--yes', '--json'],
    ...values.more.split(' ').filter((word) => word !== ''),
  ];
  // Without a fetch of its own it asks as a run of a user does; the tests' has no network.
  const { fetch: _none, ...context } = testContext(argv, { cwd: folder });
  try {
    const code = await runCli(context);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${context.stderr.text}`);
  } finally {
    served?.process.kill();
  }
  const runFolder = join(folder, 'runs', run);
  const front = JSON.parse(readFileSync(join(runFolder, 'front.json'), 'utf8')) as FrontFile;
  return figuresOf(readEvents(runFolder), slots, front);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

function line(slots: number, seed: number, { open, hopeless, holdout, ...rest }: LoadFigures): string {
  const phases = Object.entries(rest.usedByPhase).map(([name, used]) => `${name} ${percent(used)}`);
  return [
    `${slots} slots, seed ${seed}: ${rest.calls} calls, ${Math.round(rest.tokens / 1000)}k tokens, ${rest.seconds.toFixed(1)} s`,
    `slots used ${percent(rest.used)} (${phases.join(', ')})`,
    `${open.configs} configs, open at a start ${open.mean.toFixed(1)} (most ${open.most})`,
    `${hopeless.models} hopeless: ${percent(hopeless.share)} of later calls`,
    `holdout of the best ${holdout.score?.toFixed(3) ?? 'not measured'} (${holdout.cells} cells; ${percent(holdout.measured)} of the front)`,
  ].join('; ');
}

try {
  for (const slots of values.slots.split(',').map(Number)) {
    const found: LoadFigures[] = [];
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const figures = await play(slots, seed);
      found.push(figures);
      process.stdout.write(`${line(slots, seed, figures)}\n`);
    }
    const scores = found.flatMap(({ holdout }) => (holdout.score === null ? [] : [holdout.score]));
    const mean = scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length);
    const least = Math.min(...found.map(({ used }) => used));
    const open = Math.max(...found.map((one) => one.open.mean));
    process.stdout.write(
      `${slots} slots in all: slots used at least ${percent(least)}; open at a start at most ${open.toFixed(1)}; holdout measured in ${scores.length} of ${found.length}, mean ${mean.toFixed(3)}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
