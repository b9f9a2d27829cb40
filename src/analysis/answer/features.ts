import { sha256 } from '../../core/canonical-json.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { namedChoices } from '../../search/settings.ts';
import { partsOf, unsetTemperature } from '../../search/surrogate/config-features.ts';

/** What a config is made of, as asked about: where did the gain come from? */
export const groups = ['models', 'prompts', 'temperatures', 'topology'] as const;
export type Group = (typeof groups)[number];

/** A config as numbers: named features, each belonging to one group. */
export type Features = Readonly<Record<Group, Readonly<Record<string, number>>>>;

/** Models and prompts as shares by role, temperatures as means by role, topology as counts. */
export function featuresOf(config: MoaConfig): Features {
  const models: Record<string, number> = {};
  const prompts: Record<string, number> = {};
  const temperatures: Record<string, number> = {};
  const add = (into: Record<string, number>, name: string, value: number): void => {
    into[name] = (into[name] ?? 0) + value;
  };
  const { shares, topology } = partsOf(config);
  for (const { role, agent, share } of shares) {
    add(models, `${role} ${agent.model}`, share);
    add(prompts, `${role} ${sha256(agent.prompt).slice(0, 8)}`, share);
    for (const choice of namedChoices(agent)) add(temperatures, `${role} ${choice}`, share);
    add(temperatures, role, share * (agent.temperature ?? unsetTemperature));
    add(temperatures, `${role} top-p`, share * (agent.topP ?? 1));
  }
  return { models, prompts, temperatures, topology };
}

/** Which groups two configs differ in. */
export function differingGroups(a: Features, b: Features): Group[] {
  return groups.filter((group) => {
    const names = new Set([...Object.keys(a[group]), ...Object.keys(b[group])]);
    return [...names].some((name) => Math.abs((a[group][name] ?? 0) - (b[group][name] ?? 0)) > 1e-9);
  });
}
