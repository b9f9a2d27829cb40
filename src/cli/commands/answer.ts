import { basename } from 'node:path';
import type { FurtherBudget } from '../../analysis/answer/more.ts';
import { answerRunFolder } from '../../analysis/answer/open.ts';
import { defined } from '../../core/defined.ts';
import { answerText } from '../../report/answer-text.ts';
import { readManifest } from '../../run/folder/manifest-file.ts';
import { callCeilingFlags } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { argument, choice, type OptionsOf, on, value } from '../command-line.ts';
import { tell } from '../context.ts';
import {
  answerFlags,
  concurrencyFlags,
  jsonFlags,
  modelFlags,
  runHelp,
  runsFlags,
  trustFlags,
} from '../flags.ts';
import { parseCountFrom, parseFactor, parseRepeatsFrom, parseUsd } from '../option-values.ts';
import { showWhile } from '../progress.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { worthOfRun } from '../wiring/jobs/worth.ts';

const flags = {
  hours: value('<n>', 'forecast the gain of so many more hours', parseFactor),
  usd: value('<x>', 'forecast the gain of so many more US dollars', parseUsd),
  tokens: value('<n>', 'forecast the gain of so many more tokens, e.g. 2M', parseCountFrom(1)),
  minutesPerTry: value('<m>', 'minutes to try one config by hand (default: 20)', parseFactor),
  worth: on(
    'also measure what each agent of the best config adds (what recorded answers do not tell is asked; kept for the page and `show --pruned`); with real models a ceiling is needed',
  ),
  split: choice('<split>', 'whose questions tell what agents add (default: the holdout, where measured)', [
    'holdout',
    'tuning',
  ]),
  repeats: value(
    '<n>',
    'with --worth: answers per question (default: as many as are recorded)',
    parseRepeatsFrom(1),
  ),
  ...concurrencyFlags,
  ...callCeilingFlags,
  ...modelFlags,
  ...trustFlags,
  ...answerFlags,
  ...jsonFlags,
  ...runsFlags,
};
type AnswerOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    "Says from a run's journal what the tuning was worth, when the front stopped moving, what a further budget would probably bring, where the gain came from, and what each agent of the best config adds. Calls no model but with --worth.",
  arguments: [argument('run', runHelp)],
  flags,
  examples: [
    'mixtune answer my-run',
    'mixtune answer my-run --hours 8 --usd 20',
    'mixtune answer my-run --worth --max-calls 500',
  ],
  run: async ([run], options, context) => {
    const folder = folderOfRun(context, run, options.runsDir);
    const manifest = await readManifest(folder);
    const { minutesPerTry } = options;
    const found = await showWhile(context, 'Reading what the run recorded …', () =>
      answerRunFolder(folder, manifest, { budgets: budgetsOf(options), ...defined({ minutesPerTry }) }),
    );
    const { simulated } = manifest;
    const { exitCode, ...worth } = await worthOfRun(context, { folder, run, id: found.best?.id }, options);
    const told = { run: manifest.run, simulated, ...found, agents: worth };
    tell(context, options, told, (look) =>
      answerText(basename(folder), found, { ...look, simulated, worth }),
    );
    return exitCode;
  },
});

function budgetsOf({ hours, usd, tokens }: AnswerOptions): FurtherBudget[] {
  return [
    ...(hours === undefined ? [] : [{ kind: 'seconds' as const, amount: hours * 3600 }]),
    ...(usd === undefined ? [] : [{ kind: 'usd' as const, amount: usd }]),
    ...(tokens === undefined ? [] : [{ kind: 'tokens' as const, amount: tokens }]),
  ];
}
