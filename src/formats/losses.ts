import { type Agent, type SettingName, settingNames } from '../domain/agent.ts';
import type { Loss } from './format.ts';

/** Settings for which the formats that are written have keys. */
const held: readonly SettingName[] = ['temperature', 'maxTokens'];

/** What no format that is written can hold of an agent at a path of the config. */
export function agentLosses(agent: Agent, at: string): Loss[] {
  const settings = settingNames.filter((name) => agent[name] !== undefined && !held.includes(name));
  return [
    ...settings.map((name) => ({ at: `${at}.${name}`, what: `${name} of ${agent.name}` })),
    ...(agent.passReasoning === true
      ? [{ at: `${at}.passReasoning`, what: `passed-on reasoning of ${agent.name}` }]
      : []),
  ];
}
