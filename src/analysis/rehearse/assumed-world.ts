import { keysOf, recordOf } from '../../core/records.ts';
import { createRng, type Rng } from '../../core/rng.ts';
import type { ModelCard } from '../../models/chat-model.ts';
import type { Belief, Beliefs, ModelBelief } from './beliefs.ts';
import type { CallRole } from './call-role.ts';
import { type PlayStratum, stratifiedNormal } from './strata.ts';

/** One model as a rehearsal takes it to be. */
export interface AssumedModel {
  readonly outputTokens: number;
  /** What the length of a remark on answers is a share of. */
  readonly remarkTokens: number;
  readonly lengthVaries: number;
  readonly firstTokenMs: number;
  readonly firstTokenVaries: number;
  readonly tokensPerSecond: number;
  readonly speedVaries: number;
  /** Log-odds of a good answer, before luck. */
  readonly skill: number;
}

/** One world that agrees with what is believed; every rehearsal plays in another. */
export interface AssumedWorld {
  readonly seed: string;
  readonly model: (name: string) => AssumedModel;
  /** Length of what a role writes, as a share of an answer's, or of what remarks are a share of. */
  readonly roleLength: Readonly<Record<CallRole, number>>;
  readonly charactersPerToken: number;
  readonly failureRate: number;
  /** What earlier answers in the context add to the log-odds of a new one. */
  readonly companyGain: number;
  /** Grades are pass or fail, else shares of checks. */
  readonly passOrFail: boolean;
}

/*
 * Assumed. Critics and refiners write less and more than an answer; verdicts, orders and choices usually
 * come after a few sentences. Each share is drawn anew with this deviation of its logarithm.
 */
const usualRoleLength: Readonly<Record<CallRole, number>> = {
  answer: 1,
  refine: 1.05,
  critique: 0.7,
  verify: 0.4,
  rank: 0.35,
  route: 0.15,
  fuse: 1.05,
  judge: 0.3,
  write: 1,
};
const roleLengthUnsure = 0.3;
const usualCharactersPerToken = 4;
const charactersUnsure = 0.08;
const skillSpread = 0.6;

/**
 * Draws a world from the beliefs; equal seeds draw equal worlds.
 * @param stratum where given, what all models have in common is spread over the plays instead of drawn
 */
export function drawWorld(
  beliefs: Beliefs,
  card: (model: string) => ModelCard | undefined,
  seed: string,
  stratum?: PlayStratum,
): AssumedWorld {
  const rng = createRng(`${seed}/world`);
  const common = (name: string): number =>
    stratum === undefined ? rng.derive(name).normal() : stratifiedNormal(stratum, name);
  const task = beliefs.taskLengthUnsure * common('task-length');
  const speed = beliefs.speedUnsure * common('speed');
  const { median, unsure } = beliefs.skillOfPrice;
  const ofPrice = median * Math.exp(unsure * common('skill-of-price'));
  const models = new Map(
    beliefs.models.map((belief) => [
      belief.model,
      drawModel(belief, { task, speed, ofPrice }, card(belief.model), rng.derive('model', belief.model)),
    ]),
  );
  const roleLength = recordOf(keysOf(usualRoleLength), (role) => {
    const factor = role === 'answer' ? 1 : Math.exp(roleLengthUnsure * rng.derive('role', role).normal());
    return usualRoleLength[role] * factor;
  });
  return {
    seed,
    model: (name) => {
      const found = models.get(name);
      if (found === undefined) throw new Error(`rehearsal: nothing is believed of the model ${name}`);
      return found;
    },
    roleLength,
    charactersPerToken: usualCharactersPerToken * Math.exp(charactersUnsure * rng.derive('text').normal()),
    failureRate: Math.min(0.2, drawMedian(beliefs.failureRate, rng.derive('failures'))),
    companyGain: 0.3 + 0.3 * rng.derive('company').normal(),
    passOrFail: beliefs.passOrFail ?? rng.derive('grades').next() < 0.5,
  };
}

function drawModel(
  belief: ModelBelief,
  shared: { readonly task: number; readonly speed: number; readonly ofPrice: number },
  card: ModelCard | undefined,
  rng: Rng,
): AssumedModel {
  const { outputTokens, firstTokenMs, tokensPerSecond } = belief;
  const ofTask = belief.lengthFrom !== 'earlier-runs' ? Math.exp(shared.task) : 1;
  const ofSpeed = belief.speedFrom === 'assumed' ? Math.exp(shared.speed) : 1;
  const price = card?.price?.outputPerMillion ?? 0;
  const tokens = drawMedian(outputTokens, rng.derive('length')) * ofTask;
  return {
    outputTokens: tokens,
    remarkTokens: tokens * (belief.remarkTokens / outputTokens.median),
    lengthVaries: outputTokens.varies,
    firstTokenMs: drawMedian(firstTokenMs, rng.derive('first-token')) / ofSpeed,
    firstTokenVaries: firstTokenMs.varies,
    tokensPerSecond: drawMedian(tokensPerSecond, rng.derive('speed')) * ofSpeed,
    speedVaries: tokensPerSecond.varies,
    skill: skillSpread * rng.derive('skill').normal() + (price > 0 ? shared.ofPrice * Math.log(price) : 0),
  };
}

function drawMedian({ median, unsure }: Belief, rng: Rng): number {
  return median * Math.exp(unsure * rng.normal());
}
