import { z } from 'zod';
import { type Agent, agentSchema, samplesOf } from '../agent.ts';
import { type SimpleStageRecord, sideBySide } from './stage-record.ts';

const schema = z.strictObject({
  kind: z.literal('route'),
  router: agentSchema,
  agents: z.array(agentSchema).min(1),
  choose: z.int().min(1),
});
type Route = z.infer<typeof schema>;

/** What a router is told of an agent beside its name: its model, and its prompt's first line. */
export function shownToRouter({ model, prompt }: Pick<Agent, 'model' | 'prompt'>): string {
  return `(${model}): ${prompt.trim().split('\n')[0] ?? ''}`.trimEnd();
}

/** A router picks `choose` of the agents for the question; only those answer. */
export const route = {
  schema,
  agents: { router: 'router', agents: 'proposer' },
  opens: true,
  writes: true,
  after: (stage) =>
    stage.agents
      .map(samplesOf)
      .sort((first, second) => second - first)
      .slice(0, stage.choose)
      .reduce((sum, samples) => sum + samples, 0),
  calls: (stage, candidates) => [
    sideBySide([stage.router], 'router', candidates),
    sideBySide(stage.agents, 'proposer', candidates, stage.choose / stage.agents.length),
  ],
  counts: (stage) => ({ chosen: stage.choose }),
  unled: ({ agents, choose }) => agents.slice(0, choose),
  choosesBlindly: ({ agents }) => new Set(agents.map(shownToRouter)).size === 1,
  resized: (stage, by) => ({ ...stage, choose: Math.max(1, stage.choose + by) }),
  title: (stage) => `route to ${stage.choose} of ${stage.agents.length}`,
  line: (stage, agents) => `route ${stage.choose} of ${stage.agents.length} (${agents})`,
  faults({ choose, agents }, at) {
    if (choose <= agents.length) return [];
    const expected = `at most ${agents.length}, the number of agents to choose from`;
    return [{ at: [...at, 'choose'], found: String(choose), expected }];
  },
} satisfies SimpleStageRecord<Route>;
