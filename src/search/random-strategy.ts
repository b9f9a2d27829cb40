import type { Rng } from '../core/rng.ts';
import { configId } from '../domain/moa-config.ts';
import { Novelty } from './novelty.ts';
import { randomConfig } from './random-config.ts';
import { levelledSchedule } from './scheduling/levelled-scheduler.ts';
import type { Proposal, StartedProposal, Strategy, StrategyContext } from './strategy.ts';
import type { StrategyRecord } from './strategy-record.ts';

const drawsBeforeWalking = 64;

/** Draws configs of the space, small ones more often, and learns nothing. */
export class RandomStrategy implements Strategy {
  readonly name = 'random';
  readonly #context: StrategyContext;
  readonly #novelty: Novelty;

  constructor(context: StrategyContext) {
    this.#context = context;
    this.#novelty = new Novelty(context);
  }

  ask(rng: Rng): Proposal | 'exhausted' {
    return propose(undefined, this.#context, this.#novelty, rng);
  }

  asked({ id }: StartedProposal): void {
    this.#novelty.add(id);
  }

  tell(): void {}
}

/** The proposal found, or where there is none {@link drawRandom}; counted as proposed. */
export function propose(
  found: Proposal | undefined,
  context: StrategyContext,
  novelty: Novelty,
  rng: Rng,
): Proposal | 'exhausted' {
  const proposal = found ?? drawRandom(context, novelty, rng);
  if (proposal !== 'exhausted') novelty.add(configId(proposal.config));
  return proposal;
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
