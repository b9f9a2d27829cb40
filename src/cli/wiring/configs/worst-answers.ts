import { basename } from 'node:path';
import { worstAnswers } from '../../../analysis/worst-answers.ts';
import { InputError } from '../../../core/errors.ts';
import type { Cell } from '../../../domain/cell.ts';
import type { ConfigId } from '../../../domain/moa-config.ts';
import { createAnswerReader } from '../../../grading/extract.ts';
import { simulatedSuffix } from '../../../report/format.ts';
import { worstAnswersText } from '../../../report/worst-answers-text.ts';
import { type CliContext, tell } from '../../context.ts';
import type { JsonOption } from '../../flags.ts';
import { openRunViews } from '../page/run-views.ts';
import { readingOf } from '../tasks/wording.ts';

/** What is to be known of the questions and expected answers, by what became of the run's task. */
const remarks = (name: string) => ({
  unchanged: '',
  changed: `Task ${name} has changed since this run: questions and expected answers are as they are in it now.`,
  gone: `Task ${name} is not here, so questions and expected answers are unknown.`,
});

interface AskedPoint {
  readonly folder: string;
  readonly id: ConfigId;
  /** Questions that are shown at most. */
  readonly most: number;
  /** Whose. */
  readonly split: Cell['split'];
}

/** Shows the questions that a config of a run loses most points on, with its answers. */
export async function showWorst(
  { folder, id, most, split }: AskedPoint,
  options: JsonOption,
  context: CliContext,
): Promise<void> {
  const opened = await openRunViews(context, folder);
  try {
    const { manifest, place, taskNow, record } = opened;
    const { simulated } = manifest;
    const trial = record.trialOf(id);
    if (trial === undefined)
      throw new InputError(folder, { expected: `answers of ${id} in its journal`, found: 'none' });
    const read = createAnswerReader(place.task ?? readingOf(manifest.task.wording));
    const worst = worstAnswers(trial, place.task ?? taskNow, read, split);
    const task = place.task !== undefined ? 'unchanged' : taskNow === undefined ? 'gone' : 'changed';
    const { answered, lost } = worst;
    const found = {
      run: manifest.run,
      simulated,
      id,
      split,
      task,
      answered,
      lost: lost.length,
      worst: lost.slice(0, most),
    };
    tell(context, options, found, (look) => {
      const head = look.colors.bold(`${id} of ${basename(folder)}${simulatedSuffix(simulated)}`);
      return `${head}\n${worstAnswersText(worst, { most, split, remark: remarks(manifest.task.name)[task] }, look)}`;
    });
  } finally {
    opened.close();
  }
}
