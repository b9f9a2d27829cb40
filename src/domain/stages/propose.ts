import { z } from 'zod';
import { agentSchema, totalSamples } from '../agent.ts';
import { type SimpleStageRecord, sideBySide } from './stage-record.ts';

/** Most rounds that a propose stage may have. */
export const mostRounds = 16;

const schema = z.strictObject({
  kind: z.literal('propose'),
  agents: z.array(agentSchema).min(1),
  /** From the second round on each agent sees the previous round's answers; default 1. */
  rounds: z.int().min(1).max(mostRounds).optional(),
});
type Propose = z.infer<typeof schema>;

const roundsOf = (stage: Propose): number => stage.rounds ?? 1;

/** Its agents answer side by side. */
export const propose = {
  schema,
  agents: { agents: 'proposer' },
  opens: true,
  writes: true,
  rounds: roundsOf,
  repeated: ({ rounds: _, ...once }, rounds) => (rounds === 1 ? once : { ...once, rounds }),
  after: (stage) => totalSamples(stage.agents),
  calls: (stage, candidates) => [sideBySide(stage.agents, 'proposer', candidates)],
  counts: (stage) => ({ rounds: roundsOf(stage) }),
  brief: () => '',
  title(stage) {
    const answers = totalSamples(stage.agents);
    const samples = answers > stage.agents.length ? ` (${answers} answers)` : '';
    const agents = stage.agents.length === 1 ? '1 proposer' : `${stage.agents.length} proposers`;
    return `${agents}${samples}${roundsOf(stage) > 1 ? ` × ${stage.rounds} rounds` : ''}`;
  },
  line: (stage, agents) => `propose${roundsOf(stage) > 1 ? ` ×${stage.rounds} rounds` : ''} (${agents})`,
} satisfies SimpleStageRecord<Propose>;
