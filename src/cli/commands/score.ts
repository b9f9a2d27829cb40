import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { configId, modelsOf } from '../../domain/moa-config.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import { createColors } from '../../report/colors.ts';
import { simulatedSuffix } from '../../report/format.ts';
import { type FrontRow, frontColumns, frontRow } from '../../report/front-columns.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { evaluateConfigs } from '../../run/evaluate.ts';
import type { Manifest, ScoredConfig } from '../../run/types.ts';
import { budgetOf, callCeilingFlags } from '../ceiling-flags.ts';
import { defineCommand, type OptionsOf, severalArguments, text, value } from '../command.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import { answerFlags, concurrencyFlags, jsonFlags, modelFlags, runsFlags, trustFlags } from '../flags.ts';
import { limitFlags, limitsOf } from '../limit-flags.ts';
import { parseCountFrom, parseSeed } from '../option-values.ts';
import { openCallers } from '../wiring/callers.ts';
import { type NamedConfig, resolveConfig } from '../wiring/configs.ts';
import { refuseUnpriced } from '../wiring/models.ts';
import { originOf, type Provenance, provenanceOfRun } from '../wiring/own-runs.ts';
import { refuseMissing, withRecording } from '../wiring/recorded.ts';
import { scaleOf } from '../wiring/scale.ts';
import { noticesOn, tellOddities } from '../wiring/server-notes.ts';
import { type OpenTask, openTask, openTaskOfRun, withJudge } from '../wiring/tasks.ts';

const flags = {
  task: text('<task>', "a name from `mixtune tasks`, or a folder (default: the run's)"),
  repeats: value('<n>', "answers per config and instance (default: the run's or task's)", parseCountFrom(1)),
  seed: value('<n>', "seed of all randomness (default: the run's, else 1)", parseSeed),
  ...callCeilingFlags,
  ...concurrencyFlags,
  ...limitFlags,
  ...modelFlags,
  ...trustFlags,
  ...answerFlags,
  ...jsonFlags,
  ...runsFlags,
};
type ScoreOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Measures configs on a task and prints a scoreboard with 95% intervals. A config is a file, or a run with a point of it (my-run:best). With runs only, task, seed, repeats and models are those of the first run.',
  arguments: [severalArguments('config', 'config files, or run:which')],
  flags,
  examples: ['mixtune score a.yaml b.yaml --task code-challenge --repeats 8', 'mixtune score my-run:best'],
  run: ([configs], options, context) => score(configs, options, context),
});

interface Row extends ScoredConfig {
  readonly label: string;
}

async function score(
  references: readonly string[],
  given: ScoreOptions,
  context: CliContext,
): Promise<number> {
  const options = await withRecording(context, given);
  const named: NamedConfig[] = [];
  for (const reference of references) named.push(await resolveConfig(context, reference, options.runsDir));
  const ofRun = named.find((each) => each.run !== null);
  const manifest = ofRun?.run?.manifest;
  const provenance = manifest === undefined ? undefined : provenanceOfRun(ofRun?.label ?? '', manifest);
  const opened = await taskOf(context, options, provenance, manifest);
  const { task } = opened;
  const seed = options.seed ?? manifest?.settings.seed ?? 1;
  const repeats = options.repeats ?? (manifest === undefined ? task.repeats : finalRepeats(manifest));
  const models = [...new Set(named.flatMap(({ config }) => modelsOf(config)))];
  const called = withJudge(models, task);
  const needed = { models: called, seed, taskFolder: opened.folder, provenance };
  const callers = await openCallers(context, options, needed);
  tellOddities(context, callers);
  if (callers.guesses !== undefined) writeLine(context.stderr, `${callers.guesses}.`);
  refuseUnpriced(options.maxUsd, called, callers.card);
  try {
    const grader = await callers.grader(opened);
    const answers = callers.sharedAnswers();
    const signal = callers.interruptible();
    const limits = limitsOf(options, manifest?.settings.limits);
    const scored = await evaluateConfigs(
      named.map(({ config }) => config),
      {
        repeats,
        seed,
        concurrency: options.concurrency,
        budget: budgetOf(options),
        ...defined({ limits }),
      },
      {
        clock: callers.clock,
        model: callers.model,
        card: callers.card,
        task,
        grader,
        extractAnswer: createAnswerExtractor(task),
        signal,
        onNotice: noticesOn(context),
        ...defined({ sharedAnswers: answers }),
      },
    );
    refuseMissing(callers);
    const rows = scored.map((each, index) => ({ ...each, label: named[index]?.label ?? '' }));
    printRows(context, options, { rows, task, simulated: callers.simulated });
    if (rows.some(isCutOff)) {
      const why = signal.aborted ? 'interrupted' : 'a ceiling was reached';
      writeLine(context.stderr, `mixtune: ${why}: the figures are of the answers there are, not of all`);
    }
    if (signal.aborted) return exitCodes.interrupted;
    return rows.every((row) => row.cells === 0) ? exitCodes.failed : exitCodes.done;
  } finally {
    await callers.close();
  }
}

/** As many cells as the run measured its front members on, so that its figures come out again. */
function finalRepeats({ settings }: Manifest): number {
  return Math.max(settings.repeats, settings.finishRepeats);
}

/** The task given; else that of the first run named. */
async function taskOf(
  context: CliContext,
  options: ScoreOptions,
  provenance: Provenance | undefined,
  manifest: Manifest | undefined,
): Promise<OpenTask> {
  if (options.task !== undefined) return openTask(context, options.task);
  if (provenance !== undefined && manifest !== undefined) {
    return openTaskOfRun(context, { task: manifest.task, own: originOf(context, provenance).own });
  }
  throw new InputError('--task', { path: '', expected: 'a task to measure the configs on', found: 'none' });
}

function printRows(
  context: CliContext,
  options: ScoreOptions,
  result: { readonly rows: readonly Row[]; readonly task: OpenTask['task']; readonly simulated: boolean },
): void {
  const { task, simulated } = result;
  const rows = [...result.rows].sort(
    (a, b) => (b.estimates.score.mean ?? -1) - (a.estimates.score.mean ?? -1),
  );
  if (options.json === true) {
    const list = rows.map(({ label, config, estimates, cells, unscored, planned }) => ({
      ...{ label, id: configId(config), objectives: estimates, cells, unscored, planned, config },
    }));
    writeJson(context.stdout, { task: task.name, simulated, configs: list });
    return;
  }
  const colors = createColors(wantsColor(context.stdout, context.env));
  writeLine(context.stdout, colors.bold(`Scoreboard of ${task.name}${simulatedSuffix(simulated)}`));
  const cells = rows.map((row) => ({
    ...frontRow({ config: row.config, objectives: row.estimates, scale: scaleOf(task.grader) }),
    label: row.label,
    answers: answersText(row),
  }));
  const look = { width: widthOf(context.stdout), styleHead: colors.dim };
  writeLine(context.stdout, renderTable(columns, cells, look));
}

/** Whether cells are missing that were to be measured. */
function isCutOff({ cells, unscored, planned }: ScoredConfig): boolean {
  return cells + unscored < planned;
}

function answersText(row: ScoredConfig): string {
  const count = isCutOff(row) ? `${row.cells} of ${row.planned}` : String(row.cells);
  return row.unscored === 0 ? count : `${count} (${row.unscored} unscored)`;
}

type Key = keyof FrontRow | 'label' | 'answers';
const columns: readonly Column<Key>[] = [
  { key: 'label', head: 'config' },
  ...columnsOf('score', 'points', 'latency', 'tokens', 'usd'),
  { key: 'answers', head: 'answers', align: 'right', expendable: 5 },
  { key: 'config', head: 'stages', expendable: 6, cut: true },
];

/** Columns as the front has them. */
function columnsOf(...keys: readonly Key[]): Column<Key>[] {
  return frontColumns.flatMap(({ key, table }) =>
    table === undefined || !keys.includes(key) ? [] : [{ key, ...table }],
  );
}
