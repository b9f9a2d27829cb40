import { z } from 'zod';
import { agentSchema, samplesOf } from '../agent.ts';
import { type SimpleStageRecord, sideBySide } from './stage-record.ts';

const schema = z.strictObject({ kind: z.literal('fuse'), agent: agentSchema });
type Fuse = z.infer<typeof schema>;

/** A fuser writes one answer (one a sample) from all candidates and critiques. */
export const fuse = {
  schema,
  agents: { agent: 'fuser' },
  writes: true,
  after: ({ agent }) => samplesOf(agent),
  calls: ({ agent }, candidates) => [sideBySide([agent], 'fuser', candidates)],
  counts: () => ({}),
  title: () => 'fuse',
  line: (_, agents) => `fuse (${agents})`,
} satisfies SimpleStageRecord<Fuse>;
