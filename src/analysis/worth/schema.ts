import { z } from 'zod';
import { agentRoles } from '../../domain/agent.ts';
import { moaConfigSchema } from '../../domain/moa-config.ts';
import { countSchema, valueSchema } from '../../domain/run-result-schema.ts';

/** What an agent brings in score, with an interval that holds for all agents together. */
const effectSchema = z.object({
  mean: z.number(),
  /** `null` where nothing is known of the noise. */
  low: valueSchema,
  high: valueSchema,
});

const meansSchema = z.object({
  score: valueSchema,
  latency: valueSchema,
  tokens: valueSchema,
  usd: valueSchema,
});

const agentSchema = z.object({
  /** Path in the config: `stages[0].agents[1]`. */
  at: z.string(),
  role: z.enum(agentRoles),
  name: z.string(),
  model: z.string(),
  /** Score of the whole config less that of the config without the agent; `null`: not measured. */
  leaveOneOut: effectSchema.nullable(),
  /** Its Shapley value: what it adds on average over all orders in which the agents could join. `null`: see `shapley`. */
  shapley: effectSchema.nullable(),
  /**
   * By `leaveOneOut`. `adds`: the interval lies above 0; `harms`: below; `not-told-apart`: from luck;
   * `unknown`: not measured, or too little.
   */
  verdict: z.enum(['adds', 'not-told-apart', 'harms', 'unknown']),
  /** The config without it, over the same answers as the whole; `null`: not measured. */
  without: meansSchema.nullable(),
  /** Where the answers without it come from; see {@link AgentsWorth.evidence}. */
  evidence: z.object({ recorded: countSchema, fresh: countSchema, missing: countSchema }),
});

export const agentsWorthSchema = z.object({
  version: z.literal(1),
  /** Of the config whose agents are spoken of. */
  id: z.string(),
  simulated: z.boolean(),
  split: z.enum(['tuning', 'holdout']),
  /** What the intervals speak of: further questions of the kind, or fresh answers to these few. */
  over: z.enum(['questions', 'answers']),
  questions: countSchema,
  /** Answers of the whole config. */
  cells: countSchema,
  /** Coverage of all agents' intervals together. */
  level: z.number(),
  /** The whole config over these answers. */
  whole: meansSchema,
  /** In the order in which they are asked. */
  agents: z.array(agentSchema),
  /** Over how many systems the Shapley values are; `missing` is words where there are none. */
  shapley: z.object({ systems: countSchema, cells: countSchema, missing: z.string().nullable() }),
  /** The config without the agents that add nothing; `null` where all stay. */
  pruned: z
    .object({
      id: z.string(),
      config: moaConfigSchema,
      /** `at` of the agents that are left out. */
      without: z.array(z.string()),
      /** Over the answers that both have. */
      cells: countSchema,
      measured: meansSchema,
      /** Score of the pruned config less that of the whole, a 95% interval. */
      difference: effectSchema,
    })
    .nullable(),
  /**
   * Answers of all systems that were looked at, the whole config among them. `recorded`: all calls were in the run's journal (and graded anew);
   * `fresh`: at least one call was made for it; `missing`: it would take calls, `missingCalls` at most.
   */
  evidence: z.object({
    recorded: countSchema,
    fresh: countSchema,
    missing: countSchema,
    missingCalls: countSchema,
  }),
});

/**
 * What each agent of a run's best config adds. Kept in the run's folder as `worth.json` by
 * `mixtune answer RUN --worth`; the page shows it where it is there. Scores 0..1; differences -1..1.
 */
export type AgentsWorth = Readonly<z.infer<typeof agentsWorthSchema>>;
export type AgentWorth = AgentsWorth['agents'][number];
export type Effect = Readonly<z.infer<typeof effectSchema>>;
