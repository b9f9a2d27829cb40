import { z } from 'zod';
import { agentSchema, samplesOf } from '../agent.ts';
import type { SimpleStageRecord } from './stage-record.ts';

const schema = z.strictObject({ kind: z.literal('verify'), agent: agentSchema });
type Verify = z.infer<typeof schema>;

/** An agent accepts or rejects each candidate; where it accepts none, all pass on. */
export const verify = {
  schema,
  agents: { agent: 'verifier' },
  accepts: true,
  after: (_, candidates) => candidates,
  calls: ({ agent }, candidates) => [
    [{ agent, role: 'verifier', samples: samplesOf(agent) * candidates, reads: 1 }],
  ],
  counts: () => ({}),
  title: () => 'verify',
  line: (_, agents) => `verify (${agents})`,
} satisfies SimpleStageRecord<Verify>;
