import { defined } from '../core/defined.ts';
import { type Bounds, type Standing, standingOf } from '../domain/bounds.ts';
import { areFew } from '../domain/headliners.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { briefConfig, describeConfig } from './describe.ts';
import { formatCount, formatInterval, formatObjective, formatPercent, formatPoints } from './format.ts';
import { briefId, type Column } from './table.ts';

/** The grader's own scale, e.g. 120 points; absent where scores are shown as 0..1 only. */
export interface PointScale {
  readonly max: number;
}

export type FrontKey =
  | 'id'
  | 'score'
  | 'points'
  | 'holdout'
  | 'holdoutCells'
  | 'latency'
  | 'tokens'
  | 'usd'
  | 'bounds'
  | 'onFront'
  | 'marks'
  | 'config'
  | 'cells';

/** A front member with what its row tells of it. */
export type MarkedPoint = Pick<FrontMember, 'objectives'> &
  Partial<FrontMember> & {
    /** `best`, `knee`, `fastest`, `cheapest`: those that this point is. */
    readonly marks?: readonly string[];
    readonly scale?: PointScale | undefined;
    /** The most holdout answers that any point beside it has. */
    readonly mostHoldoutCells?: number;
    /** Of the run. */
    readonly bounds?: Bounds | undefined;
  };

type CsvValue = string | number | boolean | null;

/** A column of the front: what it reads of a member, and how each kind of output shows that. */
export interface FrontColumn {
  readonly key: FrontKey;
  /** As text, for people; empty where there is nothing to say. */
  readonly text: (point: MarkedPoint) => string;
  /** Its place in tables; absent: in none. */
  readonly table?: Omit<Column<FrontRow>, 'text' | 'lines'>;
  /** CSV has the fields of ids first, then those of objectives, facts, and descriptions. */
  readonly csv?: readonly CsvField[];
  readonly csvGroup?: 'id' | 'objective' | 'fact' | 'description';
  /** The key of a member that JSON shows for it, whole. */
  readonly json?: 'id' | 'config' | 'objectives' | 'holdout' | 'holdoutCells' | 'cells' | 'onFront';
}

interface CsvField {
  readonly name: string;
  readonly of: (member: FrontMember, file: FrontFile) => CsvValue;
}

const bounds = ['mean', 'low', 'high'] as const;

/** Mean with interval for the score, means for the rest; CSV has all three of each. */
function objective(name: ObjectiveName, table: FrontColumn['table']): FrontColumn {
  return {
    key: name,
    text: ({ objectives }) =>
      name === 'score'
        ? formatInterval(name, objectives[name])
        : formatObjective(name, objectives[name].mean),
    ...defined({ table }),
    csv: bounds.map((bound) => ({
      name: bound === 'mean' ? name : `${name}_${bound}`,
      of: ({ objectives }) => objectives[name][bound],
    })),
    csvGroup: 'objective',
    json: 'objectives',
  };
}

/** ` on 2 answers`, in the place of an interval, which would be about as wide as all scores. */
export function onAnswers(answers: number): string {
  return ` on ${answers === 1 ? '1 answer' : `${formatCount(answers)} answers`}`;
}

/** The same in less width. */
export const briefAnswers = (text: string): string => text.replace(/ answers?$/, '');

const briefStandings: ReadonlyMap<string, string> = new Map<Standing, string>([
  ['met', 'yes'],
  ['met?', 'yes?'],
  ['missed?', 'no?'],
  ['missed', 'no'],
]);

/** In the order of tables. */
export const frontColumns: readonly FrontColumn[] = [
  {
    key: 'id',
    text: ({ id = '' }) => id,
    table: { head: 'id', briefs: [{ expendable: 8, text: briefId }] },
    csv: [{ name: 'id', of: ({ id }) => id }],
    csvGroup: 'id',
    json: 'id',
  },
  // The score of what the search never saw stands first.
  {
    key: 'holdout',
    text: ({ holdout, holdoutCells = 0, mostHoldoutCells = 0 }) => {
      if (holdout === null || holdout === undefined) return '';
      return areFew(holdoutCells, mostHoldoutCells)
        ? `${formatObjective('score', holdout.score.mean)}${onAnswers(holdoutCells)}`
        : formatInterval('score', holdout.score);
    },
    table: { head: 'holdout' },
    csv: bounds.map((bound) => ({
      name: bound === 'mean' ? 'holdout_score' : `holdout_score_${bound}`,
      of: ({ holdout }) => holdout?.score[bound] ?? null,
    })),
    json: 'holdout',
  },
  {
    key: 'holdoutCells',
    text: ({ holdoutCells }) => (holdoutCells === undefined ? '' : String(holdoutCells)),
    csv: [{ name: 'holdout_cells', of: ({ holdoutCells }) => holdoutCells ?? null }],
    json: 'holdoutCells',
  },
  objective('score', { head: 'score' }),
  {
    key: 'points',
    text: ({ objectives, holdout, scale }) =>
      scale === undefined ? '' : formatPoints((holdout ?? objectives).score.mean, scale.max),
    table: { head: 'points', align: 'right', expendable: 9 },
  },
  objective('latency', { head: 'latency', align: 'right', expendable: 1 }),
  objective('tokens', { head: 'tokens', align: 'right', expendable: 3 }),
  objective('usd', { head: 'usd', align: 'right', expendable: 10 }),
  {
    key: 'bounds',
    text: ({ bounds, objectives, holdout }) =>
      bounds === undefined ? '' : standingOf(bounds, { objectives, holdout }),
    table: {
      head: 'bounds',
      expendable: 2,
      briefs: [{ expendable: 6, head: 'met', text: (text) => briefStandings.get(text) ?? text }],
    },
    csv: [
      {
        name: 'bounds',
        of: (member, { bounds }) => (bounds === undefined ? null : standingOf(bounds, member)),
      },
    ],
  },
  {
    key: 'cells',
    text: ({ cells }) => (cells === undefined ? '' : String(cells)),
    table: { head: 'answers', align: 'right', expendable: 4 },
    csv: [
      { name: 'cells', of: ({ cells }) => cells },
      { name: 'simulated', of: (_member, { simulated }) => simulated },
    ],
    json: 'cells',
  },
  {
    key: 'onFront',
    text: ({ onFront }) => (onFront === undefined ? '' : formatPercent(onFront)),
    table: { head: 'on front', align: 'right', expendable: 11 },
    json: 'onFront',
  },
  { key: 'marks', text: ({ marks = [] }) => marks.join(' ') },
  {
    key: 'config',
    text: ({ config }) => (config === undefined ? '' : briefConfig(config)),
    // What a point is goes before all figures but its score.
    table: { head: 'config', cut: 24, briefs: [{ expendable: 5, cut: 16 }] },
    csv: [{ name: 'config', of: ({ config }) => describeConfig(config) }],
    csvGroup: 'description',
    json: 'config',
  },
];

/** Turns at which measures leave a table that is too wide. */
const lateTurn = 3;
const earlyTurn = 10;

/** A column that leaves a table that is too wide in its turn: measures that are not gone by leave first. */
export function inTurn<Shown extends { readonly key: FrontKey; readonly expendable?: number }>(
  column: Shown,
  objectives: readonly ObjectiveName[] | undefined,
): Shown {
  const { key, expendable = 0 } = column;
  if (objectives === undefined || (key !== 'latency' && key !== 'tokens' && key !== 'usd')) return column;
  return { ...column, expendable: objectives.includes(key) ? Math.min(expendable, lateTurn) : earlyTurn };
}

/** One point of the front as text, by column. */
export type FrontRow = Readonly<Record<FrontKey, string>>;

export function frontRow(point: MarkedPoint): FrontRow {
  const texts = frontColumns.map(({ key, text }) => [key, text(point)]);
  return Object.fromEntries(texts) as Record<FrontKey, string>;
}
