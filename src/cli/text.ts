import { relative } from 'node:path';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { FrontFile } from '../domain/run-result.ts';
import { writeMixtune } from '../formats/index.ts';
import type { Colors } from '../report/colors.ts';
import { renderFrontTable } from '../report/table.ts';
import { frontView, type PointScale } from '../report/view-model.ts';

export interface TextLook {
  readonly scale: PointScale | undefined;
  readonly colors: Colors;
  /** Characters a line of a table may have. */
  readonly width: number;
}

/** The front and the baselines as tables, the verdict, what was spent and why the run ended. */
export function frontText(file: FrontFile, look: TextLook): string {
  const { colors, width } = look;
  const view = frontView(file, look.scale);
  const table = { width, styleHead: colors.dim };
  const lines = [colors.bold(view.title)];
  if (view.rows.length === 0) lines.push('No points.');
  else lines.push(renderFrontTable(view.rows, table));
  if (view.baselines.length > 0) {
    lines.push('', colors.bold('Baselines'), renderFrontTable(view.baselines, table));
  }
  if (view.verdict !== null) lines.push('', view.verdict);
  lines.push('', `Spent: ${view.spent}.`, `Ended: ${view.ended}.`);
  return lines.join('\n');
}

/** What to do next with a finished run: where it is, and the commands that show and measure it again. */
export function nextSteps(
  run: string,
  folder: string,
  file: FrontFile,
  cwd: string,
  runsDir: string,
): string {
  const where = relative(cwd, folder);
  const shown = where === '' || where.startsWith('..') ? folder : where;
  const extra = runsDir === 'runs' ? '' : ` --runs-dir ${runsDir}`;
  const lines = [`Run folder: ${shown}`];
  if (file.ended === 'interrupted') lines.push(`Go on with it:        mixtune resume ${run}${extra}`);
  if (file.front.length > 0) {
    lines.push(
      `Show the best point:  mixtune show ${run} best${extra}`,
      `Measure it again:     mixtune score ${run}:best${extra}`,
      `Ask it:               mixtune ask ${run}${extra} "your question"`,
    );
  }
  return lines.join('\n');
}

/** A config in mixtune's own format; YAML says on top when it was tuned on simulated models. */
export function printConfig(config: MoaConfig, syntax: 'yaml' | 'json', simulated: boolean): string {
  if (syntax === 'json') return `${JSON.stringify(config, null, 2)}\n`;
  return writeMixtune(config, simulated ? { comment: 'Tuned on simulated models.' } : {});
}
