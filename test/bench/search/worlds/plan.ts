import type { AgentRole } from '../../../../src/domain/agent.ts';
import type { Agent, MoaConfig, Stage } from '../../../../src/domain/moa-config.ts';
import { proposersOf } from '../../../../src/search/operators/proposers.ts';
import { hashText, mix, normalOf } from './hash.ts';
import type { Traits } from './traits.ts';

/** An agent with all that a cell needs worked out once. */
export interface PlannedAgent {
  /** Identity of its requests: model, prompt and settings. */
  readonly hash: number;
  readonly model: number;
  readonly modelHash: number;
  readonly modelPromptHash: number;
  /** Ability before question, topic and luck. */
  readonly ability: number;
  readonly sampleError: number;
  readonly use: number;
  /** Log-odds of a right verdict on a middling question. */
  readonly critic: number;
  readonly judge: number;
  readonly outputTokens: number;
  readonly promptTokens: number;
  readonly firstToken: number;
  readonly secondsPerToken: number;
  readonly samples: number;
}

export type PlannedStage =
  | { readonly kind: 'propose'; readonly agents: readonly PlannedAgent[]; readonly rounds: number }
  | {
      readonly kind: 'route';
      readonly router: PlannedAgent;
      readonly agents: readonly PlannedAgent[];
      readonly choose: number;
    }
  | { readonly kind: 'critique'; readonly agents: readonly PlannedAgent[] }
  | { readonly kind: 'verify'; readonly agent: PlannedAgent }
  | { readonly kind: 'rank'; readonly agent: PlannedAgent; readonly keep: number }
  | { readonly kind: 'vote' }
  | { readonly kind: 'fuse'; readonly agent: PlannedAgent }
  | {
      readonly kind: 'loop';
      readonly stages: readonly PlannedStage[];
      readonly times: number;
      readonly untilVerified: boolean;
    };

export type Plan = readonly PlannedStage[];

export function planOf(config: MoaConfig, traits: Traits): Plan {
  const proposers = proposersOf(config);
  const modelIndex = new Map([...traits.models.keys()].map((name, index) => [name, index]));
  const plan = (agent: Agent, role: AgentRole): PlannedAgent => {
    const model = traits.models.get(agent.model);
    if (model === undefined) throw new Error(`world ${traits.seed}: no model ${agent.model}`);
    const prompt = traits.prompt(role, agent.prompt);
    const temperature = agent.temperature ?? 0.7;
    const topP = agent.topP ?? 1;
    const modelHash = hashText(`${traits.seed}/${agent.model}`);
    const modelPromptHash = mix(modelHash, hashText(agent.prompt));
    const off = temperature - model.idealTemperature;
    const together =
      role === 'fuser' && traits.synergy !== undefined
        ? traits.synergy(
            agent,
            proposers.map((own) => own.prompt),
            proposers.map((own) => own.model),
          )
        : 0;
    return {
      hash: hashText(
        `${role === 'proposer' ? '' : role}/${agent.model}/${agent.prompt}/${temperature}/${topP}`,
      ),
      model: modelIndex.get(agent.model) as number,
      modelHash,
      modelPromptHash,
      ability:
        model.skill +
        prompt.worth +
        together +
        traits.modelPrompt * normalOf(modelPromptHash) -
        traits.temperatureCurve * off * off,
      sampleError: traits.sampleError * (0.35 + temperature * topP),
      use: Math.max(0, model.referenceUse + prompt.use),
      critic: model.critic + prompt.worth,
      judge: model.judge + prompt.worth,
      outputTokens: model.wordy * prompt.wordy * roleLength[role],
      promptTokens: prompt.tokens,
      firstToken: model.firstToken,
      secondsPerToken: 1 / model.speed,
      samples: agent.samples ?? 1,
    };
  };
  return config.stages.map((stage) => planStage(stage, plan));
}

/** What an agent writes, relative to an answer. */
const roleLength: Record<AgentRole, number> = {
  proposer: 1,
  fuser: 1,
  critic: 0.6,
  verifier: 0.15,
  ranker: 0.2,
  router: 0.1,
};

function planStage(stage: Stage, plan: (agent: Agent, role: AgentRole) => PlannedAgent): PlannedStage {
  const proposing = (agents: readonly Agent[]) => agents.map((agent) => plan(agent, 'proposer'));
  switch (stage.kind) {
    case 'propose':
      return { kind: 'propose', agents: proposing(stage.agents), rounds: stage.rounds ?? 1 };
    case 'route':
      return {
        kind: 'route',
        router: plan(stage.router, 'router'),
        agents: proposing(stage.agents),
        choose: stage.choose,
      };
    case 'critique':
      return { kind: 'critique', agents: stage.agents.map((agent) => plan(agent, 'critic')) };
    case 'verify':
      return { kind: 'verify', agent: plan(stage.agent, 'verifier') };
    case 'rank':
      return { kind: 'rank', agent: plan(stage.agent, 'ranker'), keep: stage.keep };
    case 'vote':
      return { kind: 'vote' };
    case 'fuse':
      return { kind: 'fuse', agent: plan(stage.agent, 'fuser') };
    case 'loop':
      return {
        kind: 'loop',
        stages: stage.stages.map((inner) => planStage(inner, plan)),
        times: stage.times ?? 3,
        untilVerified: stage.until === 'verified',
      };
  }
}
