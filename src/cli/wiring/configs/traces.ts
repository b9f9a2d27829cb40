import { createCellPlayer } from '../../../analysis/cell-player.ts';
import { openEvidence } from '../../../analysis/reproduce/run-evidence.ts';
import { InputError } from '../../../core/errors.ts';
import { cellKey, cellOfKey } from '../../../domain/cell.ts';
import { configId } from '../../../domain/moa-config.ts';
import { instanceOfCell, questionOf } from '../../../domain/task.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import { otlpTraces, type TracedAnswer } from '../../../report/otlp.ts';
import type { RunEvent } from '../../../run/journal/events.ts';
import type { CliContext } from '../../context.ts';
import { findTaskOfRun } from '../tasks/tasks.ts';
import { resolveConfig } from './configs.ts';
import { provenanceOfRun } from './own-runs.ts';

/** The recorded answers of a point of a run as OTLP's JSON, on one line. @throws InputError */
export async function tracesOfPoint(
  context: CliContext,
  source: string,
  which: string,
  runsDir: string,
): Promise<string> {
  const { config, run } = await resolveConfig(context, source, runsDir, which);
  const refuse = (expected: string, found: string): InputError =>
    new InputError('--traces', { expected, found });
  if (run === null) throw refuse('a run, whose answers are recorded', source);
  const { manifest, folder } = run;
  const opened = await findTaskOfRun(context, manifest.task, provenanceOfRun(source, manifest));
  const task = opened?.task;
  if (task?.hash !== manifest.task.hash)
    throw refuse(`the task that ${source} was made with: its calls follow from it`, 'none, or a changed one');
  const evidence = await openEvidence(folder);
  try {
    const trial = evidence.state.byId.get(configId(config));
    const play = createCellPlayer({ ...evidence, task, extractAnswer: createAnswerExtractor(task) });
    const begun = startsOf(evidence.journal.events(), trial?.trial);
    const answers: TracedAnswer[] = [];
    let lost = 0;
    for (const [key, result] of trial?.results ?? []) {
      const played = await play(config, key, result);
      const cell = cellOfKey(key);
      const instance = instanceOfCell(task, cell);
      if (played.kind === 'unknown' || instance === undefined) {
        lost++;
        continue;
      }
      answers.push({
        ...{ config, answer: result.answer, trace: played.trace, calls: played.calls },
        question: questionOf(task, instance),
        startedAt: Date.parse(manifest.startedAt) + (begun.get(key) ?? 0),
        identity: `${manifest.run} ${key}`,
        score: result.measurement.score,
        facts: {
          'mixtune.run': manifest.run,
          'mixtune.task': task.name,
          'mixtune.split': cell.split,
          'mixtune.question': cell.instance,
          'mixtune.repeat': cell.repeat,
          'mixtune.simulated': manifest.simulated,
        },
      });
    }
    if (lost > 0)
      context.stderr.line(`${lost} answers are left out: the journal does not hold all of their calls.`);
    return `${JSON.stringify(otlpTraces(answers, context.version))}\n`;
  } finally {
    evidence.journal.close();
  }
}

/** When each cell of a trial was begun, by its key, in ms of the run. */
function startsOf(events: Iterable<RunEvent>, trial: number | undefined): Map<string, number> {
  const starts = new Map<string, number>();
  for (const event of events)
    if (event.kind === 'cell-started' && event.trial === trial) starts.set(cellKey(event.of), event.at);
  return starts;
}
