import { z } from 'zod';
import { kindVariances } from '../adapt/arm-posterior.ts';
import { detectorGamblers } from '../adapt/change-detector.ts';
import { costNames } from '../adapt/costs.ts';
import { featureCount } from '../adapt/question-features.ts';

/** What stands in a server's state may be of another version, or somebody else's: nothing is taken unseen. */
const numbers = z.array(z.number());
const features = numbers.length(featureCount);

export const adaptDecisionSchema = z
  .object({
    features: numbers,
    arms: z.array(z.string()).min(1),
    priors: z.array(z.object({ mean: z.number(), variance: z.number() })),
    propensities: z.array(z.number().min(0).max(1)),
    expected: numbers,
    champion: z.int().min(0),
    chosen: z.int().min(0),
  })
  .refine(
    ({ arms, priors, propensities, expected, champion, chosen }) =>
      [priors, propensities, expected].every(({ length }) => length === arms.length) &&
      champion < arms.length &&
      (propensities[chosen] ?? 0) > 0,
    'chances and expectations of every arm, and one that had a chance chosen',
  );

/** One that can still be learned from: its features are of this version. */
export const learnableSchema = adaptDecisionSchema.refine(
  (decision) => decision.features.length === featureCount,
);

const cost = z.object({
  latency: z.number().nullable(),
  usd: z.number().nullable(),
  tokens: z.number().nullable(),
});

export const adaptEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cost'), config: z.string(), cost }),
  z.object({
    kind: z.literal('reward'),
    request: z.string(),
    value: z.number().min(0).max(1),
    first: z.boolean(),
  }),
]);

const arm = z.object({
  posterior: z.object({
    count: z.number(),
    gram: numbers.length((featureCount * (featureCount + 1)) / 2),
    moment: features,
  }),
  detector: z.array(z.object({ won: z.number(), since: z.number() })).length(detectorGamblers),
  recent: z.array(z.object({ features, reward: z.number() })),
  forgotten: z.boolean(),
});
const seen = z.object({ count: z.number(), mean: z.number(), squares: z.number() });

export const adaptStateSchema = z.object({
  learner: z.object({
    noise: z.object({ sum: z.number(), count: z.number() }),
    arms: z.record(z.string(), arm),
    evidence: numbers.length(kindVariances.length),
  }),
  costs: z.record(z.string(), z.partialRecord(z.enum(costNames), seen)),
});
