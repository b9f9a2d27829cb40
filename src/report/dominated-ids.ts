import { meansOf } from '../domain/estimates.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { directionsOf, dominates, nonDominated, vectorOf } from '../pareto/index.ts';

/** Points of a front that another of it dominates, by the means that the file tells; one without a mean is none. */
export function dominatedIds({ front, objectives }: Pick<FrontFile, 'front' | 'objectives'>): Set<string> {
  const vectorOf = (member: FrontMember) => objectives.map((name) => member.objectives[name].mean);
  const known = front.filter((member) => !vectorOf(member).includes(null));
  const best = new Set(nonDominated(known, vectorOf, directionsOf(objectives)));
  return new Set(known.filter((member) => !best.has(member)).map(({ id }) => id));
}

/** The best-scored point of a front that dominates a config, by the means that both tell; `undefined` where none does. */
export function dominatingPoint(
  { front, objectives }: Pick<FrontFile, 'front' | 'objectives'>,
  config: Pick<FrontMember, 'objectives'>,
): FrontMember | undefined {
  const means = (of: Pick<FrontMember, 'objectives'>) => vectorOf(meansOf(of.objectives), objectives);
  return front.find((member) => dominates(means(member), means(config), directionsOf(objectives)));
}
