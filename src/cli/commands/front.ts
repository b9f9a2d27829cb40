import { defined } from '../../core/defined.ts';
import { printable } from '../../core/printable.ts';
import type { FrontFile } from '../../domain/run-result.ts';
import { nearestText } from '../../report/bounds-text.ts';
import { frontCsv } from '../../report/csv.ts';
import { filterFront, limitsOf, runJson } from '../../report/json.ts';
import { projectionText } from '../../report/projection-text.ts';
import { defineCommand } from '../command.ts';
import { argument, choice, value } from '../command-line.ts';
import { boundFlags, jsonFlags, projectFlags, runHelp, runsFlags } from '../flags.ts';
import { parseCount, parseDuration, parseShare } from '../option-values.ts';
import { frontText } from '../text.ts';
import { frontOf, openNamedRun } from '../wiring/configs/configs.ts';
import { projectionJson, projectRun } from '../wiring/page/projection.ts';
import { pointScale } from '../wiring/scale.ts';

const flags = {
  ...jsonFlags,
  ...runsFlags,
  ...projectFlags,
  ...boundFlags('leave out points outside these'),
  maxLatency: value('<time>', 'leave out slower points', parseDuration),
  maxTokens: value('<n>', 'leave out points that take more tokens', parseCount),
  minScore: value('<s>', 'leave out points that score less (0..1)', parseShare),
  format: choice('<form>', 'form of the output', ['table', 'json', 'csv']),
};

export default defineCommand({
  description: "Shows a run's Pareto front, or the part of it that keeps the given limits.",
  arguments: [argument('run', runHelp)],
  flags,
  examples: [
    'mixtune front my-run --bound "score>=0.8,latency<=3s" --format csv',
    'mixtune front my-run --project wafer-scale --as groq/llama-3.1-8b-instant=llama-3.1-8b',
  ],
  run: async ([run], options, context) => {
    const opened = await openNamedRun(context, run, options.runsDir);
    const { manifest } = opened;
    const measured = frontOf(opened, run);
    const { project } = options;
    const projected =
      project === undefined
        ? undefined
        : await projectRun(context, { ...opened, front: measured }, { ...options, project });
    const whole = projected?.file ?? measured;
    const file = filterFront(whole, options);
    const { stdout } = context;
    const format = options.json === true ? 'json' : (options.format ?? 'table');
    if (format === 'json') {
      const projection = defined({ projection: projected && projectionJson(projected, options) });
      stdout.json({ ...runJson(manifest.run, file), ...projection });
    } else if (format === 'csv') stdout.raw.write(printableCsv(file));
    else if (projected !== undefined) stdout.line(projectionText({ ...projected, file }, stdout.look));
    else {
      const { budget } = manifest.settings;
      const scale = await pointScale(context, manifest);
      stdout.line(frontText(file, { ...stdout.look, scale, whole, budget }));
    }
    if (file.front.length === 0 && whole.front.length > 0) {
      const nearest = nearestText(whole.front, limitsOf(options));
      context.stderr.paragraph(`No point of the front keeps these limits. ${nearest}`);
    }
    if (manifest.guesses !== undefined) context.stderr.paragraph(`${manifest.guesses}.`);
  },
});

/** Its line ends are those of the format, which a terminal takes for the usual ones. */
function printableCsv(file: FrontFile): string {
  return printable(frontCsv(file)).replaceAll('\n', '\r\n');
}
