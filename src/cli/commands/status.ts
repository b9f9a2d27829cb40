import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { MixtuneError } from '../../core/errors.ts';
import { metersOf } from '../../domain/budget.ts';
import { readPlainEnd } from '../../models/plain-file.ts';
import {
  formatCount,
  formatCounted,
  formatMeter,
  formatObjective,
  formatShortCount,
  formatUsd,
  simulatedSuffix,
} from '../../report/format.ts';
import { phaseName } from '../../report/progress-lines.ts';
import { renderTable } from '../../report/table.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { resultOfEnded, runNamesIn } from '../../run/folder/run-folder.ts';
import { type RunStatus, readStatus } from '../../run/folder/run-status.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, optionalArgument } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, runHelp, runsFlags } from '../flags.ts';
import { resumeOf } from '../text.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { runLogName } from '../wiring/jobs/run-log.ts';

const flags = { ...jsonFlags, ...runsFlags };

export default defineCommand({
  description: 'Says who works on a run, its phase, what it has spent and found. Reads only.',
  arguments: [optionalArgument('run', `${runHelp} (default: a line for each)`)],
  flags,
  examples: ['mixtune status my-run'],
  run: async ([run], options, context) => {
    if (run === undefined) return tellAll(context, options);
    const folder = folderOfRun(context, run, options.runsDir);
    const seen = await readStatus(folder);
    const lastLine = lastLogLine(folder);
    const { manifest, owner, ...rest } = seen;
    const told = {
      ...{ run: manifest.run, task: manifest.task.name, simulated: manifest.simulated },
      owner: owner === undefined ? null : { pid: owner.pid, host: owner.host },
      ...rest,
      lastLogLine: lastLine,
    };
    const resume = resumeOf(run, manifest, options);
    tell(context, options, told, () => statusLines(basename(folder), seen, lastLine, resume).join('\n'));
  },
});

/** A line for each run of the folder, the newest first. */
async function tellAll(context: CliContext, options: OptionsOf<typeof flags>): Promise<void> {
  const runsFolder = resolve(context.cwd, options.runsDir);
  const seen = await statusesIn(runsFolder);
  const runs = seen.map(({ name, manifest, state, phase, evaluations, spent, bestScore }) => ({
    ...{ run: name, task: manifest.task.name, simulated: manifest.simulated },
    ...{ state, phase, evaluations, spent, bestScore },
  }));
  tell(context, options, { runs }, (look) => {
    if (runs.length === 0) return `No runs in ${runsFolder}.`;
    return renderTable(
      [
        { head: 'run', text: ({ run }) => run },
        {
          head: 'state',
          text: ({ state, phase }) => (state === 'done' ? state : `${state}, ${phaseName(phase)}`),
        },
        { head: 'evaluations', align: 'right', text: ({ evaluations }) => formatCount(evaluations) },
        {
          head: 'best',
          align: 'right',
          text: ({ bestScore }) => (bestScore === null ? '' : formatObjective('score', bestScore)),
        },
        {
          head: 'usd',
          align: 'right',
          text: ({ spent, simulated }) =>
            spent.usd === null ? '?' : `${formatUsd(spent.usd)}${simulatedSuffix(simulated)}`,
        },
        { head: 'task', text: ({ task }) => task },
      ],
      runs,
      look,
    );
  });
}

/** A run by its folder's name, as commands take it: a copy of a run has the same manifest. */
type NamedStatus = Pick<RunStatus, 'manifest' | 'state' | 'phase' | 'evaluations' | 'spent' | 'bestScore'> & {
  readonly name: string;
};

/** What cannot be read is left out, as on the page. */
async function statusesIn(runsFolder: string): Promise<NamedStatus[]> {
  const seen: NamedStatus[] = [];
  for (const name of await runNamesIn(runsFolder)) {
    try {
      seen.push({ name, ...(await lineOf(join(runsFolder, name))) });
    } catch (error) {
      if (!(error instanceof MixtuneError)) throw error;
    }
  }
  return seen.sort((a, b) => (a.manifest.startedAt < b.manifest.startedAt ? 1 : -1));
}

async function lineOf(folder: string): Promise<Omit<NamedStatus, 'name'>> {
  const result = await resultOfEnded(folder);
  if (result === undefined) return readStatus(folder);
  const { evaluations, spent, front } = result;
  const bestScore = front[0]?.objectives.score.mean ?? null;
  const manifest = await readManifest(folder);
  return { manifest, state: 'done', phase: 'done', evaluations, spent, bestScore };
}

function statusLines(name: string, seen: RunStatus, lastLine: string | null, resume: string): string[] {
  const { manifest, spent, budget, evaluations } = seen;
  const mark = simulatedSuffix(manifest.simulated);
  return [
    `Run ${name}: ${manifest.task.name}${mark}, ${stateText(seen, resume)}`,
    `Phase:        ${phaseName(seen.phase)}${seen.ended === null ? '' : ` (the search ended: ${seen.ended})`}`,
    ...metersOf({ ...spent, evaluations }, budget).flatMap((meter) => {
      const after = meter.name === 'calls' ? `, ${seen.callsInFlight} in flight` : '';
      const label = meter.name === 'usd' ? 'Dollars' : capitalised(meter.name);
      const marked = meter.unit === 'usd' || meter.unit === 'seconds' ? mark : '';
      const line = `${`${label}:`.padEnd(14)}${formatMeter(meter)}${after}${marked}`;
      return meter.name === 'tokens' ? [line, ...usageLines(seen.usage)] : [line];
    }),
    `Front:        ${formatCounted(seen.frontSize, 'point')}, best score ${seen.bestScore === null ? 'none yet' : formatObjective('score', seen.bestScore)}`,
    ...(lastLine === null ? [] : [`Last logged:  ${lastLine}`]),
  ];
}

const capitalised = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** What the totals do not tell: cached, reasoned and estimated tokens, where there are any. */
function usageLines(usage: RunStatus['usage']): string[] {
  const sum = (of: (account: RunStatus['usage'][number]) => number): number =>
    usage.reduce((total, account) => total + of(account), 0);
  const [cached, reasoning] = [sum(({ cachedIn }) => cachedIn), sum((account) => account.reasoning)];
  const [estimated, calls] = [sum((account) => account.estimated), sum((account) => account.calls)];
  const parts = [
    ...(cached === 0 ? [] : [`${formatShortCount(cached)} of the input were in providers' caches`]),
    ...(reasoning === 0 ? [] : [`${formatShortCount(reasoning)} of the output were reasoning`]),
  ];
  const estimates = `${formatCount(estimated)} of ${formatCount(calls)} answers came without usage that can be true; their tokens are estimates`;
  return [...(parts.length === 0 ? [] : [parts.join(', ')]), ...(estimated === 0 ? [] : [estimates])].map(
    (line) => `              ${line}`,
  );
}

function stateText({ state, owner }: RunStatus, resume: string): string {
  if (state === 'done') return 'done';
  if (state === 'working' && owner !== undefined) {
    if (owner.pid === null) return 'at work in a process that cannot be named';
    return `at work in process ${owner.pid} on ${owner.host === hostname() ? 'this machine' : owner.host}`;
  }
  return owner === undefined
    ? `stopped; ${resume} goes on with it`
    : `stopped: process ${owner.pid} is gone; ${resume} goes on with it`;
}

/** Bytes at the end of the log that are looked at for its last line. */
const lastBytes = 64 * 1024;

function lastLogLine(folder: string): string | null {
  try {
    return readPlainEnd(join(folder, runLogName), lastBytes).trimEnd().split('\n').at(-1) ?? null;
  } catch {
    return null;
  }
}
