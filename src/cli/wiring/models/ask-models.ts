import { defined } from '../../../core/defined.ts';
import { unwrap } from '../../../core/result.ts';
import { keysIn } from '../../../models/provider-list.ts';
import { endpointKeys } from '../../../models/providers.ts';
import type { CliContext } from '../../context.ts';
import { parseBaseUrl, parseList, parseVariableName } from '../../option-values.ts';
import type { Prompter } from '../../prompter.ts';
import type { NewProject } from '../jobs/new-project.ts';
import { type EndpointState, lookAtEndpoint } from './endpoint.ts';
import { chooseModels, fullNames } from './model-names.ts';

/** Models of an endpoint that are offered all together. */
const mostServedShown = 12;

/** What options say of models and their endpoint. */
type GivenModels = Partial<ChosenEndpoint>;

export type ChosenEndpoint = Pick<NewProject, 'models' | 'baseUrl' | 'apiKeyEnv'>;

/** The models that a new project asks: those of the options, else those that are answered. */
export async function settleModels(
  { models, baseUrl, apiKeyEnv }: GivenModels,
  context: CliContext,
  prompter: Prompter | undefined,
): Promise<ChosenEndpoint> {
  if (models !== undefined || prompter === undefined) {
    if (baseUrl === undefined) fullNames(models ?? [], undefined);
    else if (apiKeyEnv === undefined) await noteWantedKey(context, baseUrl);
    return { models: models ?? [], ...defined({ baseUrl, apiKeyEnv }) };
  }
  if (baseUrl !== undefined) return askServed(context, prompter, baseUrl, apiKeyEnv);
  const { models: known, note } = chooseModels(context, {}, undefined);
  if (note !== undefined) context.stderr.paragraph(`${note}.`);
  const usual = known.every((name) => name.startsWith('sim/')) ? 'sim/*' : known.join(',');
  const said = await prompter.ask(
    'Models, with commas (provider/model), or the address of a server of your own',
    usual,
    (said) => {
      if (/^https?:/i.test(said)) return { url: parseBaseUrl(said) };
      const list = parseList(said);
      if (list.some((name) => name.includes('/'))) fullNames(list, undefined);
      return { list };
    },
  );
  if (said.url !== undefined) return askServed(context, prompter, said.url, await askKey(prompter));
  if (said.list.some((name) => name.includes('/'))) return { models: said.list };
  const url = await prompter.ask("The server's address", 'http://127.0.0.1:8000/v1', parseBaseUrl);
  const key = await askKey(prompter);
  if (key === undefined) await noteWantedKey(context, url);
  return { models: said.list, baseUrl: url, ...defined({ apiKeyEnv: key }) };
}

async function askServed(
  context: CliContext,
  prompter: Prompter,
  baseUrl: string,
  apiKeyEnv: string | undefined,
): Promise<ChosenEndpoint> {
  const usual = await servedModels(context, baseUrl, apiKeyEnv);
  const models = await prompter.ask(`Models that ${baseUrl} serves, with commas`, usual, parseList);
  return { models, baseUrl, ...defined({ apiKeyEnv }) };
}

const askKey = (prompter: Prompter): Promise<string | undefined> =>
  prompter.ask('NAME of the variable that holds its key', 'none', (said) =>
    said === 'none' ? undefined : parseVariableName(said),
  );

/** A job without a key's variable may be for a server that wants one; a server that does not run yet is no trouble. */
async function noteWantedKey(context: CliContext, baseUrl: string): Promise<void> {
  const keys = unwrap(endpointKeys('openai', { env: context.env, baseUrl }));
  // Calls will carry OPENAI_API_KEY; it goes nowhere before.
  if (keys.length > 0) return;
  tellRefusal(context, baseUrl, await lookAtEndpoint(baseUrl, keys, globalThis.fetch), keys);
}

function tellRefusal(
  context: CliContext,
  baseUrl: string,
  state: EndpointState,
  keys: readonly string[],
): void {
  if (state.kind !== 'refused') return;
  context.stderr.paragraph(
    keys.length > 0
      ? `Note: ${baseUrl} refuses the key (${state.status}).`
      : `Note: ${baseUrl} refuses calls without a key (${state.status}): name the variable that holds one with --api-key-env.`,
  );
}

/**
 * What the endpoint lists, with commas between, where that is a choice that one can read; it is told why where it
 * does not answer. A key goes to it only by the option that names its variable.
 */
async function servedModels(
  context: CliContext,
  baseUrl: string,
  apiKeyEnv: string | undefined,
): Promise<string | undefined> {
  const keys = apiKeyEnv === undefined ? [] : keysIn(context.env[apiKeyEnv] ?? '');
  const state = await lookAtEndpoint(baseUrl, keys, globalThis.fetch);
  const told = (line: string): void => context.stderr.paragraph(line);
  if (state.kind === 'unreachable') told(`Note: nothing answers at ${baseUrl} (${state.reason}).`);
  tellRefusal(context, baseUrl, state, keys);
  if (state.kind !== 'listed' || state.models.length === 0) return undefined;
  const names = state.models.map(({ id }) => id);
  if (names.length <= mostServedShown) return names.join(',');
  told(`${baseUrl} serves ${names.length} models: ${names.slice(0, mostServedShown).join(', ')}, …`);
  return undefined;
}
