import { pairedDifference } from '../core/paired-difference.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import type { Bounds } from './bounds.ts';
import {
  areFew,
  type HeadlineKind,
  headliners,
  type MeasuredCell,
  type MeasuredConfig,
} from './headliners.ts';
import { agentsOf, type ConfigId } from './moa-config.ts';
import type { ObjectiveName } from './objective.ts';
import type { headlineSchema } from './run-result-schema.ts';
import type { Stored } from './stored.ts';

export type Headline = Stored<typeof headlineSchema>;
export type HeadlineLine = Headline['lines'][number];

/** What a headline is told with. */
export interface HeadlineAims {
  readonly objectives: readonly ObjectiveName[];
  /** Whoever meets them on tuning cells stands for its kind. @defaultValue none */
  readonly bounds?: Bounds | undefined;
  /** The run's best: it has a line of its own where it is in no other. */
  readonly best?: ConfigId | undefined;
}

/**
 * The headline of what was measured; `undefined` where no single model was.
 * @param plain vote and best of several that spend what the mixture does, as far as they are contenders: the others are
 *   no rivals to the best, so nothing is said of them
 */
export function headlineOf(
  contenders: readonly MeasuredConfig[],
  plain: readonly { readonly kind: HeadlineKind; readonly of: MeasuredConfig }[],
  { objectives, bounds, best }: HeadlineAims,
): Headline | undefined {
  const first = headliners(contenders, objectives, bounds);
  const tuned = first.find(({ kind }) => kind === 'tuned-single')?.of;
  const rivalsOnly = plain.filter(
    ({ of }) => contenders.some(({ id }) => id === of.id) && tuned !== undefined && isMoreOf(tuned, of),
  );
  const found = [...first, ...rivalsOnly];
  const chosen = contenders.find(({ id }) => id === best);
  if (chosen !== undefined && found.every(({ of }) => of.id !== chosen.id))
    found.push({ kind: 'best', of: chosen });
  if (!found.some(({ kind }) => kind === 'single')) return undefined;
  const split = found.some(({ of }) => of.holdout.length > 0) ? 'holdout' : 'tuning';
  const most = Math.max(...found.map(({ of }) => of[split].length));
  const hasFew = ({ [split]: cells }: MeasuredConfig): boolean => areFew(cells.length, most);
  const shared = sharedCells(found.filter(({ of }) => !hasFew(of)).map(({ of }) => of[split]));
  const toldOf = (of: MeasuredConfig): readonly MeasuredCell[] =>
    hasFew(of) ? of[split] : of[split].filter(({ cell }) => shared.has(cell));
  return {
    split,
    questions: new Set([...shared.values()].map(({ instance }) => instance)).size,
    cells: shared.size,
    lines: found.map(({ kind, of }) => ({
      kind,
      id: of.id,
      score: meanInterval(
        toldOf(of).map(({ score }) => score),
        0.95,
        unitRange,
      ),
      ...(of[split].length > 0 && hasFew(of) ? { cells: of[split].length } : {}),
      tokens: of.means.tokens,
      over: rivals[kind].flatMap((rival) => {
        const other = found.find((each) => each.kind === rival)?.of;
        if (other === undefined || other.id === of.id) return [];
        const difference = pairedDifference(of[split], other[split]);
        if (difference === undefined) return [];
        const { mean, low, high, questions } = difference;
        return [{ kind: rival, id: other.id, mean, low, high, questions }];
      }),
    })),
  };
}

/** Whom each is compared with. */
const rivals: Readonly<Record<HeadlineKind, readonly HeadlineKind[]>> = {
  single: [],
  own: [],
  'tuned-single': ['single', 'own'],
  mixture: ['tuned-single', 'single', 'vote', 'best-of', 'own'],
  vote: ['tuned-single'],
  'best-of': ['tuned-single'],
  best: ['tuned-single', 'single', 'vote', 'best-of', 'own'],
};

/** Whether a plain way asks what a single model asks, several times: what it was planned for may not be in front any more. */
function isMoreOf(single: MeasuredConfig, plain: MeasuredConfig): boolean {
  const [one, several] = [single, plain].map(({ config }) => agentsOf(config)[0]);
  return one?.model === several?.model && one?.prompt === several?.prompt;
}

function sharedCells(each: readonly (readonly MeasuredCell[])[]): Map<string, MeasuredCell> {
  const [first = [], ...others] = each;
  const sets = others.map((cells) => new Set(cells.map(({ cell }) => cell)));
  return new Map(
    first.filter(({ cell }) => sets.every((set) => set.has(cell))).map((answer) => [answer.cell, answer]),
  );
}
