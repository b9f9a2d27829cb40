import { sha256 } from '../../core/canonical-json.ts';
import { samplesOf, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { seatsOf } from '../../domain/stages/simple-stages.ts';
import { recordOf, seatsOfStages, simpleStages } from '../../domain/stages/stages.ts';

/** What a config is made of, as asked about: where did the gain come from? */
export const groups = ['models', 'prompts', 'temperatures', 'topology'] as const;
export type Group = (typeof groups)[number];

/** A config as numbers: named features, each belonging to one group. */
export type Features = Readonly<Record<Group, Readonly<Record<string, number>>>>;

/** Where a request sets no temperature, the provider's default stands; the numbers need some value. */
const unsetTemperature = 0.7;

/**
 * Models and prompts as shares by role (how much of the proposing a model does), temperatures as means by
 * role, topology as counts.
 */
export function featuresOf(config: MoaConfig): Features {
  const seats = seatsOfStages(config.stages);
  const models: Record<string, number> = {};
  const prompts: Record<string, number> = {};
  const temperatures: Record<string, number> = {};
  for (const role of new Set(seats.map((seat) => seat.role))) {
    const inRole = seats.filter((seat) => seat.role === role);
    const total = totalSamples(inRole.map(({ agent }) => agent));
    for (const { agent } of inRole) {
      const share = samplesOf(agent) / total;
      const prompt = `${role} ${sha256(agent.prompt).slice(0, 8)}`;
      models[`${role} ${agent.model}`] = (models[`${role} ${agent.model}`] ?? 0) + share;
      prompts[prompt] = (prompts[prompt] ?? 0) + share;
      temperatures[role] = (temperatures[role] ?? 0) + share * (agent.temperature ?? unsetTemperature);
      temperatures[`${role} top-p`] = (temperatures[`${role} top-p`] ?? 0) + share * (agent.topP ?? 1);
    }
  }
  return { models, prompts, temperatures, topology: topologyOf(config) };
}

function topologyOf(config: MoaConfig): Record<string, number> {
  const stages = simpleStages(config.stages);
  const counts: Record<string, number> = { stages: stages.length };
  const add = (name: string, value: number): void => {
    counts[name] = (counts[name] ?? 0) + value;
  };
  for (const stage of stages) {
    add(`${stage.kind} stages`, 1);
    const agents = seatsOf(stage).flatMap(({ agent, role }) => (role === 'proposer' ? [agent] : []));
    if (agents.length > 0) {
      add('agents', agents.length);
      add('answers', totalSamples(agents));
      add('distinct models', new Set(agents.map((agent) => agent.model)).size);
    }
    for (const [name, value] of Object.entries(recordOf(stage).counts(stage))) add(name, value);
  }
  for (const stage of config.stages) {
    const { times } = recordOf(stage).counts(stage);
    if (times !== undefined) add('loop times', times);
  }
  return counts;
}

/** Which groups two configs differ in. */
export function differingGroups(a: Features, b: Features): Group[] {
  return groups.filter((group) => {
    const names = new Set([...Object.keys(a[group]), ...Object.keys(b[group])]);
    return [...names].some((name) => Math.abs((a[group][name] ?? 0) - (b[group][name] ?? 0)) > 1e-9);
  });
}
