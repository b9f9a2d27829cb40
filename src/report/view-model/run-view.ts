import { type Found, foundOf } from '../../analysis/found.ts';
import type { RunEffort, RunRecord, Stretch } from '../../analysis/run-record.ts';
import { shellWord } from '../../core/shell-word.ts';
import { mean } from '../../core/statistics.ts';
import { estimatesOf } from '../../domain/estimates.ts';
import { agentsOf, modelsOf } from '../../domain/moa-config.ts';
import type { FrontFile } from '../../domain/run-result.ts';
import { needsProgram, resumeCall } from '../../run/of-program.ts';
import { frontFileOf } from '../../run/result.ts';
import { countEvaluations, spentOf } from '../../run/run-state.ts';
import type { Manifest } from '../../run/types.ts';
import { boundsSentences } from '../bounds-text.ts';
import { describeConfig } from '../describe.ts';
import { shortModel } from '../format.ts';
import type { PointScale } from '../front-columns.ts';
import { headlineView } from '../headline.ts';
import { lostText } from '../lost-text.ts';
import { resultNotes } from '../result-notes.ts';
import { marksOf } from '../which.ts';
import { writingText } from '../writing-text.ts';
import { columnsOf, estimateColumns, rounded } from './columns.ts';
import { endedWords } from './endings.ts';
import {
  type EffortColumns,
  type FoundColumns,
  type FrontPart,
  type ProgressBand,
  type RunHead,
  type RunView,
  type TrialColumns,
  viewSchema,
} from './schema.ts';

type Trial = RunRecord['state']['trials'][number];

export interface RunViewParts {
  readonly record: RunRecord;
  readonly manifest: Manifest;
  /** Whether a process is working on the run. */
  readonly working: boolean;
  readonly scale: PointScale | undefined;
}

/** What an onlooker has seen of a run: events, and rows of its progress. */
export interface Seen {
  readonly seq: number;
  readonly progress: number;
}

/** The run as it stands; where something of it was seen before, only the rows that changed since. */
export function runView(parts: RunViewParts, since?: Seen): RunView {
  const { record, manifest } = parts;
  const { state } = record;
  const rows = since === undefined ? null : record.changedSince(since.seq);
  const trials = rows === null ? state.trials : state.trials.filter(({ trial }) => rows.includes(trial));
  const file = frontFileOf(state, record.book, manifest.settings, manifest.task.name, {
    interrupted: false,
    at: state.at,
  });
  const progressFrom = Math.min(since?.progress ?? 0, record.milestones.length);
  return {
    schema: viewSchema,
    seq: record.seq,
    rows,
    progressFrom,
    head: headOf(parts, file),
    trials: trialColumns(trials, record),
    front: frontPart(record, file, parts.scale),
    progress: progressColumns(record.milestones.slice(progressFrom)),
    found: foundColumns(foundOf(record)),
    bands: record.stretches.map(bandOf),
  };
}

function headOf({ record, manifest, working, scale }: RunViewParts, file: FrontFile): RunHead {
  const { state } = record;
  const { settings, task, grader, space } = manifest;
  const isDone = record.phase === 'done';
  return {
    run: manifest.run,
    task: task.name,
    taskHash: task.hash,
    grader: { name: grader.name, revision: grader.revision },
    scale: scale ?? null,
    simulated: manifest.simulated,
    strategy: settings.strategy,
    seed: settings.seed,
    space: space.name,
    objectives: settings.objectives,
    bounds: settings.bounds ?? null,
    models: settings.models,
    startedAt: manifest.startedAt,
    mixtune: manifest.mixtune,
    command: manifest.command,
    state: isDone ? 'done' : working ? 'working' : 'stopped',
    resume: needsProgram(manifest) ? resumeCall(manifest) : `mixtune resume ${shellWord(manifest.run)}`,
    phase: record.phase,
    writing: writingText(file),
    ended: isDone ? endedWords(file.ended) : null,
    evaluations: countEvaluations(state),
    trialsInFlight: working ? state.trials.filter(({ status }) => status === 'running').length : 0,
    callsInFlight: working ? state.openCalls.size : 0,
    spent: spentOf(state),
    budget: settings.budget,
    hypervolume: rounded(file.hypervolume),
  };
}

function trialColumns(trials: readonly Trial[], record: RunRecord): TrialColumns {
  const columns = columnsOf<RowOf<Omit<TrialColumns, 'tuning' | 'holdout'>>>(
    [
      'id',
      'status',
      'operator',
      'parents',
      'shape',
      'cells',
      'unscored',
      'agents',
      'stages',
      'temperature',
      'models',
    ],
    trials.map((trial) => ({
      id: trial.id,
      status: trial.status,
      operator: trial.origin.operator,
      parents: trial.origin.parents.flatMap((parent) => record.trialOf(parent)?.trial ?? []),
      shape: describeConfig(trial.config),
      cells: trial.measurements().length,
      unscored: [...trial.results.values()].filter(({ grade }) => grade.kind === 'unscored').length,
      agents: agentsOf(trial.config).length,
      stages: trial.config.stages.length,
      temperature: meanTemperature(trial),
      models: modelsOf(trial.config).map(shortModel),
    })),
  );
  const holdouts = trials.map((trial) => {
    const cells = trial.scored('holdout');
    return cells.length === 0 ? null : estimatesOf(cells.map(({ measurement }) => measurement));
  });
  return {
    ...columns,
    tuning: estimateColumns(trials.map(({ estimates }) => estimates)),
    holdout: estimateColumns(holdouts),
  };
}

type RowOf<Columns> = {
  [Name in keyof Columns]: Columns[Name] extends readonly (infer Value)[] ? Value : never;
};

function meanTemperature({ config }: Trial): number | null {
  const set = agentsOf(config).flatMap(({ temperature }) => temperature ?? []);
  return rounded(mean(set));
}

function frontPart(record: RunRecord, file: FrontFile, scale: PointScale | undefined): FrontPart {
  const numberOf = (id: string): number => record.trialOf(id)?.trial ?? -1;
  const marks = [...marksOf(file)].flatMap(([id, names]) =>
    names.map((name) => [name, numberOf(id)] as const),
  );
  return {
    members: file.front.map(({ id }) => numberOf(id)),
    onFront: file.front.map(({ onFront }) => rounded(onFront ?? null)),
    baselines: file.baselines.map(({ id }) => numberOf(id)),
    baselineLabels: file.baselines.map(({ label }) => label),
    presets: record.state.trials.filter(isPreset).map(({ trial }) => trial),
    marks: Object.fromEntries(marks),
    verdict: verdictOf(file, scale),
  };
}

function verdictOf(file: FrontFile, scale: PointScale | undefined): FrontPart['verdict'] {
  const headline = headlineView(file, scale);
  const notes = [
    ...boundsSentences(file),
    ...lostText(file).map((text) => `Spent: ${text}.`),
    ...resultNotes(file),
  ];
  if (headline === null && notes.length === 0) return null;
  const { findings = [], use = null, remarks = [] } = headline ?? {};
  return { findings, use, remarks: [...remarks, ...notes] };
}

function isPreset({ origin }: Trial): boolean {
  return origin.operator === 'preset' || origin.operator === 'start';
}

const effortNames = ['evaluations', 'calls', 'tokens', 'usd', 'seconds'] as const;

function progressColumns(milestones: readonly RunEffort[]): EffortColumns {
  return columnsOf<RunEffort>(
    effortNames,
    milestones.map((milestone) => ({
      ...milestone,
      usd: rounded(milestone.usd),
      seconds: rounded(milestone.seconds),
    })),
  );
}

function foundColumns(found: readonly Found[]): FoundColumns {
  return columnsOf<Found>(
    ['milestone', 'best', 'hypervolume', 'singles'],
    found.map(({ milestone, best, hypervolume, singles }) => ({
      milestone,
      best: rounded(best),
      hypervolume: rounded(hypervolume),
      singles: rounded(singles),
    })),
  );
}

function bandOf({ kind, name, from, to }: Stretch): ProgressBand {
  return { kind, name, from, to };
}
