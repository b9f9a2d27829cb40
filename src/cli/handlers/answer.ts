import type { FurtherBudget } from '../../analysis/answer/index.ts';
import { answerRunFolder } from '../../analysis/answer/open.ts';
import { exitCodes } from '../../core/errors.ts';
import { answerText } from '../../report/answer-text.ts';
import { createColors } from '../../report/colors.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { AnswerOptions } from '../options.ts';
import { openNamedRun } from '../wiring/configs.ts';

export async function answer(run: string, options: AnswerOptions, context: CliContext): Promise<number> {
  const { folder, manifest } = await openNamedRun(context, run, options.runsDir);
  const { minutesPerTry } = options;
  const found = answerRunFolder(folder, manifest, {
    budgets: budgetsOf(options),
    ...(minutesPerTry === undefined ? {} : { minutesPerTry }),
  });
  const { simulated } = manifest;
  if (options.json === true) {
    writeJson(context.stdout, { run: manifest.run, simulated, ...found });
    return exitCodes.done;
  }
  const colors = createColors(wantsColor(context.stdout, context.env));
  const look = { colors, simulated, width: widthOf(context.stdout) };
  writeLine(context.stdout, answerText(manifest.run, found, look));
  return exitCodes.done;
}

function budgetsOf({ hours, usd, tokens }: AnswerOptions): FurtherBudget[] {
  return [
    ...(hours === undefined ? [] : [{ kind: 'seconds' as const, amount: hours * 3600 }]),
    ...(usd === undefined ? [] : [{ kind: 'usd' as const, amount: usd }]),
    ...(tokens === undefined ? [] : [{ kind: 'tokens' as const, amount: tokens }]),
  ];
}
