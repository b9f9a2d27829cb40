import { resolve } from 'node:path';
import { rehearse as play, usualRehearsals } from '../../analysis/rehearse/index.ts';
import { judgeOf } from '../../grading/create-grader.ts';
import { assumptionLines, rehearsalText } from '../../report/forecast-text.ts';
import { defineCommand } from '../command.ts';
import { argument, valueOr } from '../command-line.ts';
import { tell } from '../context.ts';
import { jobFlags, jobTaskFlags, jsonFlags, runsFlags, taskOrJobHelp } from '../flags.ts';
import { parseCountFrom } from '../option-values.ts';
import { showRehearsal } from '../progress.ts';
import { rehearsable } from '../wiring/jobs/forecast.ts';
import { planJob } from '../wiring/jobs/job.ts';
import { openJob } from '../wiring/jobs/job-file.ts';
import { modelsCalled } from '../wiring/jobs/writing.ts';
import { checkDollars } from '../wiring/models/dollars.ts';
import { cardsOf } from '../wiring/models/models.ts';
import { pricesFor } from '../wiring/models/prices.ts';

const flags = {
  ...jobFlags,
  ...jobTaskFlags,
  rehearsals: valueOr('<n>', 'times the job is played', parseCountFrom(1), usualRehearsals),
  ...jsonFlags,
  ...runsFlags,
};

export default defineCommand({
  description:
    "Plays a tuning job on a virtual clock with stand-in models and says what calls, tokens, dollars and hours to expect. Takes tune's options.",
  arguments: [argument('task', taskOrJobHelp)],
  flags,
  examples: ['mixtune rehearse code-challenge --models openai/gpt-4o-mini --max-usd 5'],
  run: async ([argument], line, context, typed) => {
    const { task: name, options, given, blame } = await openJob(context, argument, line, typed);
    const planned = await planJob(name, options, context, given).catch((error: unknown) => {
      throw blame(error);
    });
    const { settings, task, endpoint } = planned;
    const called = modelsCalled(settings, task);
    const { prices } = await pricesFor(context, options, { models: called });
    const card = cardsOf(context, called, { ...endpoint, runsDir: options.runsDir, prices });
    const ofDollars = checkDollars(planned, called, card);
    const simulated = settings.models.some((model) => card(model)?.simulated === true);
    for (const note of [planned.note, ...ofDollars])
      if (note !== undefined) context.stderr.paragraph(`${note}.`);
    const { job, beliefs, learnedFrom } = await rehearsable(planned, simulated, card, {
      runsFolder: resolve(context.cwd, options.runsDir),
    });
    const display = showRehearsal(context.stderr, context);
    const forecast = await play(job, beliefs, {
      rehearsals: options.rehearsals,
      onProgress: display.update,
    }).finally(() => display.done());
    const assumptions = assumptionLines(beliefs, {
      learnedFrom,
      unpriced: beliefs.models.flatMap(({ model }) => (card(model)?.price == null ? [model] : [])),
      judge: judgeOf(task)?.model,
      grader: task.grader.name,
      reflection: settings.reflection,
    });
    tell(context, options, { task: task.name, simulated, ...forecast, assumptions }, (look) =>
      rehearsalText({ task: task.name, simulated, forecast, assumptions }, look),
    );
  },
});
