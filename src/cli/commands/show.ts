import { basename } from 'node:path';
import { defined } from '../../core/defined.ts';
import { InputError } from '../../core/errors.ts';
import { boundsText } from '../../domain/bound-text.ts';
import { standingOf } from '../../domain/bounds.ts';
import { configId, modelsOf } from '../../domain/moa-config.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../../domain/run-result.ts';
import { describeConfig } from '../../report/describe.ts';
import { dominatingPoint } from '../../report/dominated-ids.ts';
import { failedStagesText } from '../../report/failed-stages-text.ts';
import {
  formatCounted,
  formatInterval,
  formatPoints,
  formatUsd,
  simulatedSuffix,
} from '../../report/format.ts';
import { projectedLine, projectionNotes } from '../../report/projection-text.ts';
import { cutOffNote } from '../../report/result-notes.ts';
import { defineCommand } from '../command.ts';
import { argument, argumentOr, choice, type OptionsOf, on, value } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { jsonFlags, projectFlags, runHelp, runsFlags, whichHelp } from '../flags.ts';
import { parseCountFrom } from '../option-values.ts';
import { printConfig, simulatedComment } from '../text.ts';
import { openNamedRun, pointOf } from '../wiring/configs/configs.ts';
import { showPruned } from '../wiring/configs/pruned.ts';
import { showWorst } from '../wiring/configs/worst-answers.ts';
import { projectionJson, projectRun } from '../wiring/page/projection.ts';
import { pointScale } from '../wiring/scale.ts';

const flags = {
  pruned: on(
    'the config without agents that are not shown to add something (their loss together stays within one standard error), and what it was measured at; after `answer --worth`',
  ),
  worst: value(
    '<n>',
    'the n tuning questions it loses most points on: its answers, what was expected, and why',
    parseCountFrom(1),
  ),
  split: choice(
    '<split>',
    'with --worst: whose questions (default: tuning; holdout ones that you mend prompts by are none any more)',
    ['tuning', 'holdout'],
  ),
  ...jsonFlags,
  ...runsFlags,
  ...projectFlags,
};
type ShowOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: 'Shows one point of a run: its figures, where it came from, and its whole config.',
  arguments: [argument('run', runHelp), argumentOr('which', whichHelp, 'best')],
  flags,
  examples: [
    'mixtune show my-run',
    'mixtune show my-run knee --json',
    'mixtune show my-run --pruned',
    'mixtune show my-run --worst 10',
  ],
  run: ([run, which], options, context) => show(run, which, options, context),
});

async function show(run: string, point: string, options: ShowOptions, context: CliContext): Promise<void> {
  if (options.split !== undefined && options.worst === undefined)
    throw new InputError('--split', {
      expected: '--worst beside it, whose questions it names',
      found: 'none',
    });
  const opened = await openNamedRun(context, run, options.runsDir);
  const tried = pointOf(opened, run, point);
  const { config } = tried;
  const id = configId(config);
  if (options.pruned === true) {
    showPruned({ ...opened, id, run }, options, context);
    return;
  }
  if (options.worst !== undefined) {
    const { worst: most, split = 'tuning' } = options;
    await showWorst({ folder: opened.folder, id, most, split }, options, context);
    return;
  }
  const found = (opened.front && memberOfFile(opened.front, id)) ?? tried;
  const member = found.cells === 0 ? undefined : found;
  const { guesses, simulated } = opened.manifest;
  const { bounds } = opened.front ?? {};
  const standing = bounds && member && standingOf(bounds, member);
  const off =
    member && opened.front?.front.every((point) => point.id !== id) === true ? opened.front : undefined;
  const by = off && member && dominatingPoint(off, member);
  const { project } = options;
  const projected =
    project === undefined || opened.front === null || member === undefined
      ? undefined
      : await projectRun(
          context,
          { ...opened, front: { ...opened.front, front: [member], baselines: [] } },
          { ...options, project },
        );
  if (options.json === true) {
    const { objectives = null, holdout = null, cells = null, origin = null } = member ?? {};
    const { holdoutCells = null, failedStages } = member ?? {};
    context.stdout.json({
      ...{ run: opened.manifest.run, simulated, id, objectives, holdout, cells, holdoutCells },
      ...defined({ bounds, standing, dominatedBy: by?.id, failedStages }),
      origin,
      ...defined({ projection: projected && projectionJson(projected, options) }),
      config,
    });
    return;
  }
  const { colors } = context.stdout.look;
  const line = (label: string, text: string): void =>
    context.stdout.line(`${colors.dim(label.padEnd(10))}${text}`);
  context.stdout.line(colors.bold(`${id} of ${basename(opened.folder)}${simulatedSuffix(simulated)}`));
  line('config', describeConfig(config));
  if (guesses !== undefined) line('', guesses);
  if (member === undefined) {
    line('', 'tried, and without a score');
    if (project !== undefined) line('projected', 'only for what has scored answers');
  } else {
    const scale = await pointScale(context, opened.manifest);
    const { score, latency, tokens, usd } = member.objectives;
    const points =
      scale === undefined ? '' : `  (${formatPoints(score.mean, scale.max)} of ${scale.max} points)`;
    if (off !== undefined) line('', offFrontText(off, member, by));
    const { holdout, holdoutCells } = member;
    if (holdout !== null)
      line('holdout', `${formatInterval('score', holdout.score)}${overText(holdoutCells)}`);
    const tuning = member.holdout === null ? 'score' : 'tuning';
    line(tuning, `${formatInterval('score', score)}${points}${overText(member.cells)}`);
    line('latency', formatInterval('latency', latency));
    const point = projected?.points.get(id);
    if (projected !== undefined && point !== undefined) {
      line('projected', `${projectedLine(point)} on ${projected.profile.name}`);
      for (const note of projectionNotes(projected)) line('', note);
    }
    line('tokens', formatInterval('tokens', tokens));
    const ofIts = opened.front?.cutOff?.filter(({ model }) => modelsOf(config).includes(model));
    const cutOff = cutOffNote(defined({ cutOff: ofIts }));
    if (cutOff !== undefined) line('', cutOff);
    for (const text of failedStagesText(member)) line('', text);
    const many = usd.mean === null ? '' : `; ${formatUsd(1000 * usd.mean)} for 1,000 questions`;
    line('usd', `${formatInterval('usd', usd)}${many}`);
    if (bounds !== undefined) line('bounds', `${standing}: ${boundsText(bounds)}`);
    const { operator, parents } = member.origin;
    line('origin', parents.length === 0 ? operator : `${operator} of ${parents.join(', ')}`);
  }
  context.stdout.line();
  context.stdout.write(printConfig(config, 'yaml', simulated ? { comment: simulatedComment } : {}));
}

/** Runs of earlier versions do not say on how many the holdout's score rests. */
function overText(cells: number | undefined): string {
  return cells === undefined ? '' : `, over ${formatCounted(cells, 'answer')}`;
}

/** Why a config that was measured is no point of the front. */
function offFrontText(
  { front, objectives }: FrontFile,
  member: FrontMember,
  by: FrontMember | undefined,
): string {
  if (by !== undefined) return `not on the front: ${by.id} dominates it (${objectives.join(', ')})`;
  const least = Math.min(...front.map(({ cells }) => cells));
  return front.length > 0 && member.cells < least
    ? `not on the front, whose points have ${formatCounted(least, 'answer')} or more`
    : 'not on the front';
}
