import type { Rng } from '../core/rng.ts';
import { configId } from '../domain/moa-config.ts';
import { Novelty } from './novelty.ts';
import { randomConfig } from './random-config.ts';
import { levelledSchedule } from './scheduling/levelled-scheduler.ts';
import type { Proposal, StartedProposal, Strategy, StrategyContext, TrialReport } from './strategy.ts';
import type { StrategyRecord } from './strategy-record.ts';

const drawsBeforeWalking = 64;

/** Proposes a child of what it was told, and where it has none a random config. */
export abstract class BreedingStrategy implements Strategy {
  abstract readonly name: string;
  protected readonly context: StrategyContext;
  protected readonly novelty: Novelty;

  constructor(context: StrategyContext) {
    this.context = context;
    this.novelty = new Novelty(context);
  }

  protected abstract child(rng: Rng): Proposal | undefined;

  ask(rng: Rng): Proposal | 'exhausted' {
    const proposal = this.child(rng) ?? drawRandom(this.context, this.novelty, rng);
    if (proposal !== 'exhausted') this.novelty.add(configId(proposal.config));
    return proposal;
  }

  asked({ id }: StartedProposal): void {
    this.novelty.add(id);
  }

  tell({ id }: TrialReport): void {
    this.novelty.add(id);
  }
}

/** Draws configs of the space, small ones more often, and learns nothing. */
export class RandomStrategy extends BreedingStrategy {
  readonly name = 'random';

  protected override child(): undefined {
    return undefined;
  }
}

/** A new random config; where draws bring none, the space's next new one; or the proof that none is left. */
export function drawRandom(context: StrategyContext, novelty: Novelty, rng: Rng): Proposal | 'exhausted' {
  const drawn = novelty.draw(drawsBeforeWalking, () => {
    const config = randomConfig(context.space, rng);
    return config === undefined ? undefined : { config, origin: { operator: 'random', parents: [] } };
  });
  if (drawn !== undefined) return drawn;
  const config = novelty.walk();
  return config === undefined ? 'exhausted' : { config, origin: { operator: 'enumerate', parents: [] } };
}

export const random: StrategyRecord = {
  create: (context) => new RandomStrategy(context),
  schedule: levelledSchedule,
  learnsNothing: true,
  ignoresBounds: true,
};
