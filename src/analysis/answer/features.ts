import { sha256 } from '../../core/canonical-json.ts';
import type { Agent, MoaConfig, SimpleStage, Stage } from '../../domain/moa-config.ts';

/** What a config is made of, as asked about: where did the gain come from? */
export const groups = ['models', 'prompts', 'temperatures', 'topology'] as const;
export type Group = (typeof groups)[number];

/** A config as numbers: named features, each belonging to one group. */
export type Features = Readonly<Record<Group, Readonly<Record<string, number>>>>;

/** Where a request sets no temperature, the provider's default stands; the numbers need some value. */
const unsetTemperature = 0.7;

interface Seat {
  readonly role: string;
  readonly agent: Agent;
}

/**
 * Models and prompts as shares by role (how much of the proposing a model does), temperatures as means by
 * role, topology as counts.
 */
export function featuresOf(config: MoaConfig): Features {
  const stages = config.stages.flatMap((stage): SimpleStage[] =>
    stage.kind === 'loop' ? stage.stages : [stage],
  );
  const seats = stages.flatMap(seatsOf);
  const models: Record<string, number> = {};
  const prompts: Record<string, number> = {};
  const temperatures: Record<string, number> = {};
  for (const role of new Set(seats.map((seat) => seat.role))) {
    const inRole = seats.filter((seat) => seat.role === role);
    const total = inRole.reduce((sum, { agent }) => sum + (agent.samples ?? 1), 0);
    for (const { agent } of inRole) {
      const share = (agent.samples ?? 1) / total;
      const prompt = `${role} ${sha256(agent.prompt).slice(0, 8)}`;
      models[`${role} ${agent.model}`] = (models[`${role} ${agent.model}`] ?? 0) + share;
      prompts[prompt] = (prompts[prompt] ?? 0) + share;
      temperatures[role] = (temperatures[role] ?? 0) + share * (agent.temperature ?? unsetTemperature);
      temperatures[`${role} top-p`] = (temperatures[`${role} top-p`] ?? 0) + share * (agent.topP ?? 1);
    }
  }
  return { models, prompts, temperatures, topology: topologyOf(config.stages, stages) };
}

function seatsOf(stage: SimpleStage): Seat[] {
  switch (stage.kind) {
    case 'propose':
      return stage.agents.map((agent) => ({ role: 'proposer', agent }));
    case 'critique':
      return stage.agents.map((agent) => ({ role: 'critic', agent }));
    case 'route':
      return [
        { role: 'router', agent: stage.router },
        ...stage.agents.map((agent) => ({ role: 'proposer', agent })),
      ];
    case 'verify':
    case 'rank':
    case 'fuse':
      return [{ role: stage.kind, agent: stage.agent }];
    case 'vote':
      return [];
  }
}

function topologyOf(outer: readonly Stage[], stages: readonly SimpleStage[]): Record<string, number> {
  const counts: Record<string, number> = { stages: stages.length };
  const add = (name: string, value: number): void => {
    counts[name] = (counts[name] ?? 0) + value;
  };
  for (const stage of stages) {
    add(`${stage.kind} stages`, 1);
    const agents = seatsOf(stage)
      .filter(({ role }) => role === 'proposer')
      .map(({ agent }) => agent);
    if (agents.length > 0) {
      add('agents', agents.length);
      add(
        'answers',
        agents.reduce((sum, agent) => sum + (agent.samples ?? 1), 0),
      );
      add('distinct models', new Set(agents.map((agent) => agent.model)).size);
    }
    if (stage.kind === 'propose') add('rounds', stage.rounds ?? 1);
    if (stage.kind === 'critique') add('critics', stage.agents.length);
    if (stage.kind === 'route') add('chosen', stage.choose);
    if (stage.kind === 'rank') add('kept', stage.keep);
  }
  for (const stage of outer) if (stage.kind === 'loop') add('loop times', stage.times ?? 3);
  return counts;
}

/** Which groups two configs differ in. */
export function differingGroups(a: Features, b: Features): Group[] {
  return groups.filter((group) => {
    const names = new Set([...Object.keys(a[group]), ...Object.keys(b[group])]);
    return [...names].some((name) => Math.abs((a[group][name] ?? 0) - (b[group][name] ?? 0)) > 1e-9);
  });
}
