import { acceptable, judgedBy } from '../domain/bounds.ts';
import { cheapestOf, extremeOf, kneeOf } from '../domain/named-points.ts';
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
      return file.best === undefined ? extremeOf(accepted(file), 'score') : memberOfFile(file, file.best);
    case 'fastest':
      return extremeOf(accepted(file), 'latency');
    case 'cheapest':
      return cheapestOf(accepted(file));
    case 'knee':
      return kneeOf(accepted(file), file.objectives);
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

/** By id, what each marked point is: `best`, `knee`, `fastest`, `cheapest`. */
export function marksOf(file: PointsFile): ReadonlyMap<string, readonly string[]> {
  const marks = new Map<string, string[]>();
  for (const name of whichNames) {
    const member = which(file, name);
    if (member !== undefined) marks.set(member.id, [...(marks.get(member.id) ?? []), name]);
  }
  return marks;
}
