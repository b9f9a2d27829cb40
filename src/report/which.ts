import { acceptable, judgedBy } from '../domain/bounds.ts';
import { type ObjectiveName, objectiveDirections } from '../domain/objective.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';

/** Names by which a point of the front can be asked for; anything else is the start of a config id. */
export const whichNames = ['best', 'knee', 'fastest', 'cheapest'] as const;

/** What points are looked up in. */
export type PointsFile = Pick<FrontFile, 'front' | 'objectives'> &
  Partial<Pick<FrontFile, 'best' | 'baselines' | 'others' | 'bounds'>>;

/**
 * The member a name or id prefix means; `undefined` when there is none, or the prefix is ambiguous. Of a run with
 * bounds names mean points that meet them, where any does.
 */
export function which(file: PointsFile, name: string): FrontMember | undefined {
  switch (name) {
    case 'best':
      // Files of earlier versions do not say; theirs was the best tuning score.
      return file.best === undefined ? extreme(accepted(file), 'score') : memberOfFile(file, file.best);
    case 'fastest':
      return extreme(accepted(file), 'latency');
    case 'cheapest':
      return cheapest(accepted(file));
    case 'knee':
      return knee(accepted(file), file.objectives);
    default: {
      const found = name === '' ? [] : file.front.filter((member) => member.id.startsWith(name));
      return found.length === 1 ? found[0] : undefined;
    }
  }
}

function accepted({ front, bounds }: PointsFile): readonly FrontMember[] {
  return acceptable(front, bounds, (member) => {
    const judged = judgedBy(member);
    return (name) => judged[name].mean;
  });
}

/** Fewest dollars per question; fewest tokens where any member's price is unknown. */
function cheapest(front: readonly FrontMember[]): FrontMember | undefined {
  const priced = front.every((member) => member.objectives.usd.mean !== null);
  return extreme(front, priced ? 'usd' : 'tokens');
}

function extreme(front: readonly FrontMember[], name: ObjectiveName): FrontMember | undefined {
  let best: FrontMember | undefined;
  for (const member of front) {
    const cost = costOf(member, name);
    if (cost !== null && (best === undefined || cost < (costOf(best, name) ?? Number.POSITIVE_INFINITY))) {
      best = member;
    }
  }
  return best;
}

/**
 * The member nearest to the ideal point, which has the best of every objective found on the front, with
 * each objective scaled to 0..1 over the front. Members with an unknown objective are left out; ties go
 * to the better score.
 */
function knee(front: readonly FrontMember[], objectives: readonly ObjectiveName[]): FrontMember | undefined {
  const known = front.filter((member) => objectives.every((name) => costOf(member, name) !== null));
  const ranges = objectives.map((name) => {
    const costs = known.map((member) => costOf(member, name) ?? 0);
    const least = Math.min(...costs);
    return { name, least, span: Math.max(...costs) - least };
  });
  let best: { member: FrontMember; distance: number } | undefined;
  for (const member of known) {
    const distance = Math.hypot(
      ...ranges.map(({ name, least, span }) =>
        span === 0 ? 0 : ((costOf(member, name) ?? 0) - least) / span,
      ),
    );
    // The front is sorted by score, so the first of equals has the better one.
    if (best === undefined || distance < best.distance - 1e-12) best = { member, distance };
  }
  return best?.member;
}

/** The objective turned so that less is better; `null` when unknown. */
function costOf(member: FrontMember, name: ObjectiveName): number | null {
  const mean = member.objectives[name].mean;
  if (mean === null) return null;
  return objectiveDirections[name] === 'max' ? -mean : mean;
}

/** By id, what each marked point is: `best`, `knee`, `fastest`, `cheapest`. */
export function marksOf(file: PointsFile): ReadonlyMap<string, readonly string[]> {
  const marks = new Map<string, string[]>();
  for (const name of whichNames) {
    const member = which(file, name);
    if (member !== undefined) marks.set(member.id, [...(marks.get(member.id) ?? []), name]);
  }
  return marks;
}
