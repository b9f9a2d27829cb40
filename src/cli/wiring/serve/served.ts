import { stat } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { groupBy } from '../../../core/group-by.ts';
import { boundsText } from '../../../domain/bound-text.ts';
import type { Bounds } from '../../../domain/bounds.ts';
import { modelsOf } from '../../../domain/moa-config.ts';
import type { FrontMember } from '../../../domain/run-result.ts';
import { questionOf } from '../../../domain/task.ts';
import { which } from '../../../report/which.ts';
import { requestBounds } from '../../../serve/bounds.ts';
import {
  type Front,
  figuresOf,
  type Member,
  memberModel,
  pointNames,
  type ServedSource,
  withinOwn,
} from '../../../serve/catalogue.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions, RawOption, RunsOption, TrustOption } from '../../flags.ts';
import type { LimitOptions } from '../../limit-flags.ts';
import { openCallers } from '../models/callers.ts';
import type { PriceOptions } from '../models/prices.ts';
import type { OpenTask } from '../tasks/tasks.ts';
import { extractorOf, wrapperOf } from '../tasks/wording.ts';
import { measuredOf, type Named, readNamed } from './served-names.ts';

export interface ServedOptions
  extends Omit<ModelOptions, 'models' | 'recorded'>,
    RunsOption,
    TrustOption,
    RawOption,
    PriceOptions,
    Pick<LimitOptions, 'callTimeout'> {
  /** Of simulated models. */
  readonly seed?: number;
  /** Instead of the run's. */
  readonly bound?: Bounds;
}

/** What the command line names to be served, and the files whose change means that it is another. */
export interface OpenServed {
  readonly front: Front;
  readonly models: readonly string[];
  readonly simulated: boolean;
  /** Those of requests for `front` without bounds of their own. */
  readonly bounds: Bounds | null;
  /** Whether a config is inside them with its whole intervals; where none is, a note says what such requests get. */
  readonly areBoundsMet: boolean;
  /** One that a task of what is served asks, as a client would send it. */
  readonly question?: string;
  /** The prompts that stand around questions, by what is served; `null` where none does. */
  readonly prompts: Readonly<Record<string, string | null>>;
  /** What people must be told of them. */
  readonly notes: readonly string[];
  readonly files: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * Opens runs (`my-run`, or one point of it, `my-run:knee`), locks and config files to be served together. Those
 * that are measured must be of one task, or their figures could not be held against each other.
 */
export async function openServed(
  context: CliContext,
  names: readonly string[],
  options: ServedOptions,
  clock: Clock,
): Promise<OpenServed> {
  const named = await Promise.all(names.map((name) => readNamed(context, name, options)));
  refuseOtherTasks(named);
  const members: Member[] = [];
  const closers: (() => Promise<void>)[] = [];
  for (const one of named) {
    const { source, close } = await openSource(context, one, options, clock);
    closers.push(close);
    for (const { id, config } of one.members) {
      if (members.some((known) => known.id === id)) continue;
      const figures = measuredOf(one).find((member) => member.id === id);
      members.push({
        id,
        config,
        tuning: figures?.objectives ?? null,
        holdout: figures?.holdout ?? null,
        source,
      });
    }
  }
  const bounds = options.bound ?? boundsOf(named);
  const unmet = boundsNote(members, bounds);
  return {
    front: {
      ...{ members, points: pointsOf(named, members), names: namesOf(named) },
      ...defined({ bounds: bounds && requestBounds(bounds) }),
    },
    ...{ bounds: bounds ?? null, areBoundsMet: unmet.length === 0 },
    models: [...new Set(members.flatMap(({ config }) => modelsOf(config)))],
    simulated: members.some(({ source }) => source.simulated),
    ...defined({ question: named.map(({ opened }) => firstQuestion(opened?.task, options)).find(Boolean) }),
    prompts: Object.fromEntries(
      named.map(({ name, wording }) => [name, options.raw === true ? null : wrapperOf(wording)]),
    ),
    notes: [...named.flatMap(({ note }) => note ?? []), ...unmet, ...sharedNameNotes(named)],
    files: named.map(({ file }) => file),
    close: async () => {
      for (const close of closers) await close();
    },
  };
}

function firstQuestion(task: OpenTask['task'] | undefined, { raw }: RawOption): string | undefined {
  const instance = task?.tuning[0] ?? task?.holdout[0];
  if (task === undefined || instance === undefined) return undefined;
  return raw === true ? questionOf(task, instance) : instance.input;
}

/** When the files last changed, as one text. */
export async function changeMark(files: readonly string[]): Promise<string> {
  const marks = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs, size }) => `${mtimeMs}/${size}`,
        () => 'absent',
      ),
    ),
  );
  return marks.join(' ');
}

async function openSource(
  context: CliContext,
  { name, members, opened, wording, provenance, seed }: Named,
  options: ServedOptions,
  clock: Clock,
): Promise<{ source: ServedSource; close: () => Promise<void> }> {
  const models = [...new Set(members.flatMap(({ config }) => modelsOf(config)))];
  const callers = await openCallers(context, options, {
    ...{ models, provenance, taskFolder: opened?.folder, clock },
    seed: options.seed ?? seed ?? 1,
  });
  const { model, card, simulated, knows, guesses, close } = callers;
  return {
    source: {
      ...{ name, model, card, simulated },
      ...defined({ task: wording?.description, prompt: options.raw === true ? undefined : wording?.prompt }),
      ...(knows === undefined ? {} : { knows: guesses === undefined ? knows : () => false }),
      extractAnswer: extractorOf(wording),
    },
    close,
  };
}

function refuseOtherTasks(named: readonly Named[]): void {
  const [first, ...others] = named.filter(({ measured }) => measured.length > 0);
  const other = others.find(({ task }) => task?.hash !== first?.task?.hash);
  if (first === undefined || other === undefined) return;
  throw new InputError(other.name, {
    path: 'task',
    expected: `a run of ${first.name}'s task (${first.task?.name}), or a server of its own`,
    found: other.task?.name ?? 'none',
  });
}

function boundsNote(members: readonly Member[], bounds: Bounds | undefined): string[] {
  if (bounds === undefined) return [];
  const left = withinOwn(
    members.filter((member) => figuresOf(member) !== null),
    requestBounds(bounds),
  );
  if (left?.by === 'interval') return [];
  const given =
    left === undefined ? 'the best, as if there were no bounds' : 'one that meets them by its means';
  return [
    `no config fits the bounds ${boundsText(bounds)} with its whole 95% interval, so requests for "front" without bounds get ${given}`,
  ];
}

const filesNamed = (named: readonly Named[]): [string, Named[]][] => [
  ...groupBy(
    named.filter((one) => one.alias !== undefined),
    ({ alias = '' }) => alias,
  ),
];
const idsOf = (named: readonly Named[]): Set<string> =>
  new Set(named.flatMap(({ members }) => members.map(({ id }) => id)));

/** A name that is of several configs is none of them's. */
function namesOf(named: readonly Named[]): Record<string, string> {
  return Object.fromEntries(
    filesNamed(named).flatMap(([alias, files]) => {
      const [id, ...others] = idsOf(files);
      return id === undefined || others.length > 0 ? [] : [[alias, id]];
    }),
  );
}

function sharedNameNotes(named: readonly Named[]): string[] {
  return filesNamed(named).flatMap(([alias, files]) => {
    const ids = [...idsOf(files)];
    return ids.length < 2
      ? []
      : [`several files are called ${alias}: ask for ${ids.map((id) => memberModel(id)).join(' or ')}`];
  });
}

/** Runs that are served together may have been tuned for different bounds: then none of them holds. */
function boundsOf([first, ...others]: readonly Named[]): Bounds | undefined {
  return others.length === 0 ? first?.bounds : undefined;
}

/** The points with names, of all that is measured together; of a lone config every name is that. */
function pointsOf(named: readonly Named[], members: readonly Member[]): Front['points'] {
  const [only, ...more] = members;
  if (only !== undefined && more.length === 0)
    return Object.fromEntries(pointNames.map((name) => [name, only.id]));
  const isMeasured = ({ id }: FrontMember): boolean =>
    members.some((member) => member.id === id && figuresOf(member) !== null);
  const byScore = (found: readonly FrontMember[]): FrontMember[] =>
    found
      .filter(isMeasured)
      .sort((a, b) => (b.objectives.score.mean ?? -1) - (a.objectives.score.mean ?? -1));
  // Of several runs the one whose best scores highest.
  const [best] = byScore(named.flatMap((one) => one.best ?? []));
  const file = {
    front: byScore(named.flatMap((one) => one.measured)),
    objectives: named.find((one) => one.objectives.length > 0)?.objectives ?? [],
    ...(best === undefined ? {} : { best: best.id, others: [best] }),
    ...defined({ bounds: boundsOf(named) }),
  };
  return defined(Object.fromEntries(pointNames.map((name) => [name, which(file, name)?.id])));
}
