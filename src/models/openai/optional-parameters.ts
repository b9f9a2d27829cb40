import { recordOf } from '../../core/records.ts';
import { type ModelSettings, type SettingName, settingNames } from '../../domain/agent.ts';

/** Settings that a server may refuse and do without: from then on they are left out. */
const parameters = {
  topP: { field: 'top_p', feature: 'top-p' },
  reasoningEffort: { field: 'reasoning_effort', feature: 'reasoning-effort' },
  responseFormat: { field: 'response_format', feature: 'response-format' },
  stop: { field: 'stop', feature: 'stop' },
} as const satisfies Partial<Record<SettingName, { readonly field: string; readonly feature: string }>>;

export type OptionalSetting = keyof typeof parameters;
export type ParameterFeature = (typeof parameters)[OptionalSetting]['feature'];

export const optionalSettings = settingNames.filter((name): name is OptionalSetting => name in parameters);

/** The API's name of a setting. */
export const fieldOf = (setting: OptionalSetting): string => parameters[setting].field;
export const featureOf = (setting: OptionalSetting): ParameterFeature => parameters[setting].feature;

/** Which of the settings a server takes. */
export type TakenSettings = Readonly<Record<OptionalSetting, boolean>>;

export const allTaken: TakenSettings = recordOf(optionalSettings, () => true);

/** The settings that a request has and the server takes. */
export function sentSettings(request: ModelSettings, taken: TakenSettings): OptionalSetting[] {
  return optionalSettings.filter((setting) => taken[setting] && request[setting] !== undefined);
}

/** They as parts of a request's body. */
export function parametersOf(request: ModelSettings, taken: TakenSettings): Record<string, unknown> {
  return Object.fromEntries(
    sentSettings(request, taken).map((setting) => [fieldOf(setting), sentValue(request, setting)]),
  );
}

function sentValue(request: ModelSettings, setting: OptionalSetting): unknown {
  const { responseFormat } = request;
  if (setting !== 'responseFormat' || responseFormat === undefined) return request[setting];
  if (typeof responseFormat === 'string') {
    return { type: responseFormat === 'json' ? 'json_object' : 'text' };
  }
  return { type: 'json_schema', json_schema: { name: 'answer', schema: responseFormat.schema } };
}
