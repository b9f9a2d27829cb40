import { relative, resolve } from 'node:path';
import { shellWord } from '../core/shell-word.ts';
import type { Budget } from '../domain/budget.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { type WriteOptions, writeMixtune } from '../formats/mixtune.ts';
import { ceilingLeftText } from '../report/ceiling-left.ts';
import { formatCounted } from '../report/format.ts';
import type { FrontRow, PointScale } from '../report/front-columns.ts';
import { renderFrontTable } from '../report/front-table.ts';
import { frontView } from '../report/front-view.ts';
import { renderHeadline, sentencesOf } from '../report/headline.ts';
import { loadText } from '../report/load-text.ts';
import type { Look } from '../report/look.ts';
import { wrapText } from '../report/wrap-text.ts';
import { needsProgram, resumeCall } from '../run/of-program.ts';
import type { Manifest } from '../run/types.ts';
import { typedServerUrl } from '../workers/server-url.ts';
import type { RunsOption, WorkersOptions } from './flags.ts';

export interface TextLook extends Look {
  readonly scale: PointScale | undefined;
  /** What the file is a part of. */
  readonly whole?: FrontFile;
  /** The ceilings of its run. */
  readonly budget?: Budget;
  /** At most so many rows of the front and of the baselines, and how to see the rest; default all. */
  readonly rows?: { readonly most: number; readonly baselines: number; readonly command: string };
}

/** The baselines, the headline, what was spent, why the run ended, and the front. */
export function frontText(file: FrontFile, look: TextLook): string {
  const { colors } = look;
  const view = frontView(file, look.scale, look.whole);
  const lines: string[] = [];
  const wrapped = (text: string): string => wrapText(text, look.paragraphs);
  // The front stands last, where the screen still shows it.
  if (view.baselines.length > 0) {
    const shown = view.baselines.slice(0, look.rows?.baselines);
    lines.push(colors.bold('Baselines'), renderFrontTable(shown, look, file.objectives));
    const more = view.baselines.length - shown.length;
    if (look.rows !== undefined && more > 0)
      lines.push(colors.dim(wrapped(`… and ${more} with lower scores: ${look.rows.command}`)));
    lines.push('');
  }
  const { headline } = view;
  if (headline !== null) {
    if (headline.rows.length > 0)
      lines.push(colors.bold(wrapped(headline.title)), renderHeadline(headline, look), '');
    lines.push(...sentencesOf(headline).map(wrapped), '');
  }
  const facts = [
    ...view.bounds,
    `Spent: ${view.spent}.`,
    view.writing === null ? undefined : `Written prompts: ${view.writing}.`,
    ...loadText(file),
    ...view.notes,
    `${file.ended === 'running' ? 'So far' : 'Ended'}: ${view.ended}${ceilingLeftText(file, look.budget)}.`,
  ];
  lines.push(...facts.flatMap((fact) => (fact === undefined ? [] : [wrapped(fact)])), '');
  lines.push(colors.bold(wrapped(view.title)));
  if (view.rows.length === 0) lines.push('No points.');
  else lines.push(renderFrontTable(thinned(view.rows, look.rows?.most), look, file.objectives));
  const hidden = view.rows.length - (look.rows?.most ?? view.rows.length);
  if (look.rows !== undefined && hidden > 0) {
    lines.push(
      colors.dim(wrapped(`… and ${formatCounted(hidden, 'more point')} between these: ${look.rows.command}`)),
    );
  }
  return lines.join('\n');
}

/** The marked rows and, evenly spread over the front, as many others as fit. */
function thinned(rows: readonly FrontRow[], most = rows.length): FrontRow[] {
  const marked = rows.filter((row) => row.marks !== '');
  const others = rows.filter((row) => row.marks === '');
  const room = Math.min(others.length, Math.max(0, most - marked.length));
  const kept = new Set(
    Array.from({ length: room }, (_, index) => others[Math.floor((index * others.length) / room)]),
  );
  return rows.filter((row) => row.marks !== '' || kept.has(row));
}

/** `--runs-dir` of a command, where it is not what the option has anyway. */
export function runsDirOption(runsDir: string): string[] {
  return runsDir === 'runs' ? [] : [`--runs-dir ${shellWord(runsDir)}`];
}

/**
 * How to go on with a run.
 * @param run as the command line names it
 * @param options what its files do not keep; `workers` with its password or without
 * @param wantsKey it ended since no key was sent
 */
export function resumeCommand(
  run: string,
  { runsDir, workers, insecure }: RunsOption & WorkersOptions,
  wantsKey = false,
): string {
  return [
    `mixtune resume ${shellWord(run)}`,
    ...runsDirOption(runsDir),
    ...(workers === undefined ? [] : [`--workers ${shellWord(typedServerUrl(workers))}`]),
    ...(insecure === true ? ['--insecure'] : []),
    ...(wantsKey ? ['--api-key-env NAME'] : []),
  ].join(' ');
}

/** How to try the grader of a run's task. */
export function checkCommand({ task }: Manifest, cwd: string): string {
  const { name, folder } = task;
  if (folder === undefined) return `mixtune task check ${name}`;
  const near = relative(cwd, resolve(cwd, folder));
  const shown = near.startsWith('..') ? folder : `./${near}`;
  return `mixtune task check ${shellWord(shown)}`;
}

/** How to go on with a run that its folder tells of: by a command, or in the program whose functions it calls. */
export function resumeOf(run: string, manifest: Manifest, options: RunsOption): string {
  if (needsProgram(manifest)) return resumeCall(manifest);
  return resumeCommand(run, { ...options, ...workersOf(manifest) });
}

/** `--workers` of a run's command line, whose address its files do not keep. */
export function workersOf({ command }: Pick<Manifest, 'command'>): WorkersOptions {
  return command.some((word) => /^--workers(=|$)/.test(word)) ? { workers: 'URL' } : {};
}

/**
 * What to do next with a finished run: where it is, and the commands that show and measure it again.
 * @param name as the command line names it
 */
export function nextSteps(
  name: string,
  folder: string,
  file: FrontFile,
  cwd: string,
  options: RunsOption & WorkersOptions,
): string {
  const { runsDir } = options;
  const where = relative(cwd, folder);
  const shown = where === '' || where.startsWith('..') ? folder : where;
  const run = shellWord(name);
  const extra = runsDirOption(runsDir)
    .map((option) => ` ${option}`)
    .join('');
  const lines = [`Run folder: ${shown}`];
  if (file.ended === 'interrupted') lines.push(`Go on with it:        ${resumeCommand(name, options)}`);
  // A config that scores nothing is not worth a look.
  if (file.front.some(({ objectives }) => (objectives.score.mean ?? 0) > 0)) {
    lines.push(
      `Show the best point:  mixtune show ${run} best${extra}`,
      `Look at all of it:    mixtune report ${run} --open${extra}`,
      `Measure it again:     mixtune reproduce ${run}${extra}`,
      `Ask it:               mixtune ask ${run}${extra} "your question"`,
    );
  }
  return lines.join('\n');
}

/** A config in mixtune's own format; YAML takes what is to stand on top. */
export function printConfig(config: MoaConfig, syntax: 'yaml' | 'json', options: WriteOptions): string {
  return syntax === 'json' ? `${JSON.stringify(config, null, 2)}\n` : writeMixtune(config, options);
}

/** Said on top of a config that was tuned on simulated models. */
export const simulatedComment = 'Tuned on simulated models.';
