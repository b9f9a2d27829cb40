import { canonicalJson } from '../core/canonical-json.ts';
import { remembered } from '../core/remembered.ts';
import type { Rng } from '../core/rng.ts';
import { type Agent, type SettingName, settingNames, settingsOf } from '../domain/agent.ts';
import type { SearchSpace } from './space.ts';

/** Settings of agents that a space may list values of, with the name of the list; the first is always listed. */
const lists = {
  temperature: 'temperatures',
  topP: 'topP',
  reasoningEffort: 'reasoningEfforts',
  responseFormat: 'responseFormats',
  stop: 'stops',
} as const satisfies Partial<Record<SettingName, keyof SearchSpace>>;
/** Names of the lists in a space. */
export const settingLists = Object.values(lists);
export type SearchedSetting = keyof typeof lists;
type Value = NonNullable<Agent[SearchedSetting]>;
/** An agent's settings, as far as a space may list values of them. */
export type Settings = Pick<Agent, SearchedSetting>;

/** In the order in which agents have them. */
export const searchedSettings = settingNames.filter((name): name is SearchedSetting => name in lists);

const none: readonly Value[] = [];
/** By a space's list, which never changes: asked for with every agent that is made or looked at. */
const distinct = new WeakMap<readonly Value[], readonly Value[]>();

/** The values that a space lists, each once; none where it leaves the setting alone. */
export function listedValues(space: SearchSpace, setting: SearchedSetting): readonly Value[] {
  const list = space[lists[setting]] ?? none;
  return remembered(distinct, list, () => [...new Set<Value>(list)]);
}

/** A value by name; lists and objects by what is in them. */
function nameOf(value: Value): string {
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}

/** Where a value stands among those listed; -1 where it does not. */
export function placeOf(values: readonly Value[], value: Value | undefined): number {
  if (typeof value !== 'object') return value === undefined ? -1 : values.indexOf(value);
  const name = nameOf(value);
  return values.findIndex((each) => typeof each === 'object' && nameOf(each) === name);
}

/** Each setting by a value, or none where the space lists none. */
function settingsBy(
  space: SearchSpace,
  pick: (values: readonly Value[], setting: SearchedSetting) => Value | undefined,
): Settings {
  const chosen = searchedSettings.flatMap((setting) => {
    const values = listedValues(space, setting);
    return values.length === 0 ? [] : [[setting, pick(values, setting)]];
  });
  return Object.fromEntries(chosen);
}

/** Each setting uniformly from the space's list; a setting without one is absent. */
export function drawSettings(space: SearchSpace, rng: Rng): Settings {
  return settingsBy(space, (values) => rng.pick(values));
}

/** The values nearest to those wanted, the smaller of two equally near; the first listed where no listed one is wanted. */
export function nearestSettings(space: SearchSpace, wanted: Settings): Settings {
  return settingsBy(space, (values, setting) => {
    const target = wanted[setting];
    if (typeof target !== 'number') return values[Math.max(0, placeOf(values, target))];
    const numbers = values.filter((value) => typeof value === 'number');
    return numbers.sort((a, b) => Math.abs(a - target) - Math.abs(b - target) || a - b)[0];
  });
}

/** All settings that agents of the space can have. */
export function* everySettings(space: SearchSpace, from = 0): Generator<Settings, void> {
  const setting = searchedSettings[from];
  if (setting === undefined) {
    yield {};
    return;
  }
  const values = listedValues(space, setting);
  for (const value of values.length === 0 ? [undefined] : values) {
    for (const rest of everySettings(space, from + 1)) {
      yield value === undefined ? rest : { [setting]: value, ...rest };
    }
  }
}

/** How many {@link everySettings} there are. */
export function countSettings(space: SearchSpace): bigint {
  return searchedSettings.reduce(
    (ways, setting) => ways * BigInt(Math.max(1, listedValues(space, setting).length)),
    1n,
  );
}

/** An agent's settings that are chosen by name, as `setting value`: what a surrogate tells them apart by. */
export function namedChoices(agent: Settings): string[] {
  return searchedSettings.flatMap((setting) => {
    const value = agent[setting];
    return value === undefined || typeof value === 'number' ? [] : [`${setting} ${nameOf(value)}`];
  });
}

/** What a system from outside may need to work goes with it where the space lists none. */
const carried: ReadonlySet<SearchedSetting> = new Set(['responseFormat', 'stop']);

/** The agent without settings that the space leaves alone, but for {@link carried}. */
export function withoutUnlisted(agent: Agent, space: SearchSpace): Agent {
  const unlisted = searchedSettings.filter(
    (setting) => !carried.has(setting) && listedValues(space, setting).length === 0,
  );
  return { ...agent, ...Object.fromEntries(unlisted.map((setting) => [setting, undefined])) };
}

/** Whether each setting is one that the space lists, and absent where it lists none, but for {@link carried}. */
export function settingsFit(agent: Agent, space: SearchSpace): boolean {
  return searchedSettings.every((setting) => {
    const values = listedValues(space, setting);
    if (values.length > 0) return placeOf(values, agent[setting]) >= 0;
    return agent[setting] === undefined || carried.has(setting);
  });
}

/** All settings alike, but for the cap on tokens, which is the space's. */
export function sameSettings(a: Agent, b: Agent): boolean {
  const text = ({ maxTokens: _, ...others }: Agent): string => JSON.stringify(settingsOf(others));
  return text(a) === text(b);
}

/** Order of agents that differ in settings: numbers by size, other values as the space lists them. */
export function compareSettings(a: Agent, b: Agent, space: SearchSpace): number {
  for (const setting of searchedSettings) {
    const values = listedValues(space, setting);
    const rank = (value: Value | undefined): number =>
      typeof value === 'number' ? value : placeOf(values, value);
    const difference = rank(a[setting]) - rank(b[setting]);
    if (difference !== 0) return difference;
  }
  return 0;
}
