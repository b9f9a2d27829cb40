import { exitCodes, InputError } from '../../core/errors.ts';
import { createColors } from '../../report/colors.ts';
import { frontCsv } from '../../report/csv.ts';
import { filterFront, runJson } from '../../report/json.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { FrontOptions } from '../options.ts';
import { frontText } from '../text.ts';
import { openNamedRun } from '../wiring/configs.ts';
import { pointScale } from '../wiring/scale.ts';

export async function front(run: string, options: FrontOptions, context: CliContext): Promise<number> {
  const opened = await openNamedRun(context, run, options.runsDir);
  if (opened.front === null) {
    throw new InputError(run, {
      path: '',
      expected: 'a run with a front',
      found: 'one that has not written its front yet (resume it)',
    });
  }
  const file = filterFront(opened.front, options);
  const format = options.json === true ? 'json' : (options.format ?? 'table');
  if (format === 'json') writeJson(context.stdout, runJson(opened.manifest.run, file));
  else if (format === 'csv') context.stdout.write(frontCsv(file));
  else {
    const colors = createColors(wantsColor(context.stdout, context.env));
    const scale = await pointScale(context, opened.manifest.task);
    writeLine(context.stdout, frontText(file, { scale, colors, width: widthOf(context.stdout) }));
  }
  return exitCodes.done;
}
