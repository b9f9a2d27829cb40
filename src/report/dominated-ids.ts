import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { directionsOf, nonDominated } from '../pareto/index.ts';

/** Points of a front that another of it dominates, by the means that the file tells; one without a mean is none. */
export function dominatedIds({ front, objectives }: Pick<FrontFile, 'front' | 'objectives'>): Set<string> {
  const vectorOf = (member: FrontMember) => objectives.map((name) => member.objectives[name].mean);
  const known = front.filter((member) => !vectorOf(member).includes(null));
  const best = new Set(nonDominated(known, vectorOf, directionsOf(objectives)));
  return new Set(known.filter((member) => !best.has(member)).map(({ id }) => id));
}
