import { objectiveDirections } from '../domain/objective.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { dominates } from '../pareto/index.ts';

/** Points of a front that another of it dominates, by the means that the file tells; one without a mean is none. */
export function dominatedIds({ front, objectives }: Pick<FrontFile, 'front' | 'objectives'>): Set<string> {
  const vectorOf = (member: FrontMember) => objectives.map((name) => member.objectives[name].mean);
  const directions = objectives.map((name) => objectiveDirections[name]);
  const known = front.filter((member) => vectorOf(member).every((value) => value !== null));
  return new Set(
    known
      .filter((member) => known.some((other) => dominates(vectorOf(other), vectorOf(member), directions)))
      .map(({ id }) => id),
  );
}
