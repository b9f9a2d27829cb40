import { z } from 'zod';
import { agentSchema } from '../agent.ts';
import { type SimpleStageRecord, sideBySide } from './stage-record.ts';

const schema = z.strictObject({ kind: z.literal('rank'), agent: agentSchema, keep: z.int().min(1) });
type Rank = z.infer<typeof schema>;

/** An agent orders the candidates and the first `keep` pass on. */
export const rank = {
  schema,
  agents: { agent: 'ranker' },
  after: ({ keep }, candidates) => Math.min(keep, candidates),
  calls: ({ agent }, candidates) => [sideBySide([agent], 'ranker', candidates)],
  counts: ({ keep }) => ({ kept: keep }),
  resized: (stage, by) => ({ ...stage, keep: Math.max(1, stage.keep + by) }),
  brief: ({ keep }) => `rank ${keep}`,
  title: ({ keep }) => (keep === 1 ? 'pick best' : `keep best ${keep}`),
  line: ({ keep }, agents) => `rank keep ${keep} (${agents})`,
} satisfies SimpleStageRecord<Rank>;
