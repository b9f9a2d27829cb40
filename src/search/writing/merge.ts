import type { Rng } from '../../core/rng.ts';
import type { Draft } from './draft.ts';
import { betterOn, type InstanceScores, type ScoredTrial } from './instance-scores.ts';
import { drawTarget, type TargetAgent, targetsOf } from './target.ts';
import { sameWords } from './words.ts';

type Merge = Draft & Required<Pick<Draft, 'other'>>;

/**
 * Two configs that are each better on other instances, and an agent of the same role in both with another prompt: the
 * two prompts are to become one, in the config that scores better. `undefined` where no two are so.
 */
export function drawMerge(
  scores: InstanceScores,
  isOpen: (merge: Merge) => boolean,
  rng: Rng,
): Merge | undefined {
  const winners = scores.winners();
  const first = scores.draw(rng, winners);
  if (first === undefined) return undefined;
  const mates = winners.filter(
    ({ trial }) =>
      trial !== first &&
      betterOn(trial.means, first.means).size > 0 &&
      betterOn(first.means, trial.means).size > 0,
  );
  const second = scores.draw(rng, mates);
  if (second === undefined) return undefined;
  const [into, other] = first.score >= second.score ? [first, second] : [second, first];
  const mergeOf = (target: TargetAgent): Merge[] =>
    counterparts(other, target).map((counterpart) => ({
      kind: 'draft',
      operator: 'merge-prompts',
      parent: into.id,
      target: target.target,
      other: { parent: other.id, target: counterpart.target },
      origin: { operator: 'merge-prompts', parents: [into.id, other.id] },
    }));
  const drawn = drawTarget(into.config, rng, (target) => mergeOf(target).some(isOpen));
  return drawn === undefined ? undefined : rng.pick(mergeOf(drawn).filter(isOpen));
}

/** Agents of the same role whose prompt says something else. */
function counterparts({ config }: ScoredTrial, { role, agent }: TargetAgent): TargetAgent[] {
  return targetsOf(config).filter(
    (each) => each.role === role && !sameWords(each.agent.prompt, agent.prompt),
  );
}
