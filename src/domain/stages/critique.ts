import { z } from 'zod';
import { agentSchema } from '../agent.ts';
import { type SimpleStageRecord, sideBySide } from './stage-record.ts';

const schema = z.strictObject({ kind: z.literal('critique'), agents: z.array(agentSchema).min(1) });
type Critique = z.infer<typeof schema>;

/** Its agents comment on the candidates; the comments travel with them. */
export const critique = {
  schema,
  agents: { agents: 'critic' },
  after: (_, candidates) => candidates,
  calls: (stage, candidates) => [sideBySide(stage.agents, 'critic', candidates)],
  counts: (stage) => ({ critics: stage.agents.length }),
  title: () => 'critique',
  line: (_, agents) => `critique (${agents})`,
} satisfies SimpleStageRecord<Critique>;
