import { resolve } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { suggest } from '../../../core/suggest.ts';
import { VirtualClock } from '../../../core/virtual-clock.ts';
import type { ModelCard } from '../../../models/chat-model.ts';
import { isSameModel } from '../../../models/model-names.ts';
import { openDialectFile } from '../../../models/openai/dialect-file.ts';
import { modelCard } from '../../../models/prices.ts';
import { createProviders, endpointKeys } from '../../../models/providers.ts';
import { createModelRouter, providerOf } from '../../../models/router.ts';
import type { ServerNote } from '../../../models/server-note.ts';
import {
  createSimulatedModel,
  recognises,
  type ServerLoadOptions,
  simulatedModels,
} from '../../../sim/index.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions } from '../../flags.ts';
import { type ListedModel, readEndpoint } from './endpoint.ts';
import { createLocalProvider, localCards } from './local.ts';
import { checkName, wrongModel } from './model-names.ts';
import type { ModelStack } from './model-stack.ts';
import type { GivenPrices } from './prices.ts';
import { createRecordedStack } from './recorded.ts';
import { withMeasuredSpeeds } from './speeds.ts';
import { guessNotice, openTextbook, readOnce } from './textbook.ts';

/** How models are reached, as the manifest keeps it: never a key, only its variable's name. */
export type Endpoint = Pick<ModelOptions, 'baseUrl' | 'apiKeyEnv' | 'recorded'>;

export interface StackOptions extends Endpoint {
  /** Seconds that a call may take, and wait for its first token. Default 300, and 120. */
  readonly callTimeout?: number;
  /** No key goes to the base URL, also not that of OpenAI. */
  readonly keyless?: true;
  readonly seed: number;
  readonly runsDir?: string;
  /** Providers that are called beside those of the models, for models that nobody names. Default: none. */
  readonly providers?: readonly string[];
  readonly prices?: GivenPrices | undefined;
  /** Folder of the task that the models work on: simulated ones learn it by heart. */
  readonly taskFolder?: string | undefined;
  /** The server that simulated ones answer on. */
  readonly simLoad?: ServerLoadOptions | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Builds the providers of the given models (full names) behind one router.
 * @throws InputError for an unknown provider or model, a missing key, or an endpoint that does not
 *   serve a model.
 */
export async function createModelStack(
  context: CliContext,
  models: readonly string[],
  options: StackOptions,
): Promise<ModelStack> {
  const { prices, providers = [] } = options;
  if (options.recorded !== undefined) return createRecordedStack(options.recorded, models, prices);
  for (const name of models) if (providerOf(name) === 'sim') checkName(name, 'the models of a config');
  const embedded = models.filter((name) => providerOf(name) === 'sim');
  // With no models at all others do the work, and on the machine's clock.
  const isEmbedded = models.length > 0 && embedded.length === models.length;
  const clock = options.clock ?? (isEmbedded ? new VirtualClock() : context.clock);
  const { baseUrl, apiKeyEnv, seed } = options;
  const endpoint = defined({ baseUrl, apiKeyEnv });
  const callMs = options.callTimeout === undefined ? undefined : options.callTimeout * 1000;
  const timeouts = defined({ totalTimeoutMs: callMs, firstTokenTimeoutMs: callMs });
  const listeners: ((note: ServerNote) => void)[] = [];
  const dialects = {
    ...rememberedDialects(context, options.runsDir),
    onNote: (note: ServerNote) => {
      for (const listener of listeners) listener(note);
    },
  };
  const { OPENAI_API_KEY: _ofOpenai, ...envWithoutIt } = context.env;
  const env = options.keyless === true ? envWithoutIt : context.env;
  const { today } = context;
  const called = [...models, ...providers];
  const byProvider = unwrap(
    createProviders({ env, clock, today, models: called, ...endpoint, ...dialects, ...timeouts }),
  );
  const taskFolders = options.taskFolder === undefined ? [] : [options.taskFolder];
  const load = readOnce();
  const textbook = embedded.length > 0 ? await openTextbook(context, taskFolders, load) : undefined;
  const { simLoad } = options;
  refuseIdleLoad(simLoad, isEmbedded);
  if (textbook !== undefined) {
    byProvider.set('sim', createSimulatedModel({ clock, seed, textbook, ...defined({ load: simLoad }) }));
  }
  const local = models.filter((name) => providerOf(name) === 'local');
  const localModels = local.length > 0 ? createLocalProvider(context, local) : undefined;
  if (localModels !== undefined) byProvider.set('local', localModels);
  for (const name of models) {
    const provider = providerOf(name);
    if (provider === 'recorded') {
      throw wrongModel(
        name,
        'a model to call, or --recorded FILE with the recording that answers',
        undefined,
      );
    }
    if (!byProvider.has(provider)) {
      throw wrongModel(name, `a provider that this version can call: not ${provider}/`, undefined);
    }
  }
  const served = models.filter((name) => providerOf(name) === 'openai');
  const knownThere =
    baseUrl !== undefined && called.some((name) => providerOf(name) === 'openai')
      ? await checkEndpoint(context, { baseUrl, ...endpoint, env }, served)
      : undefined;
  const simulated = textbook !== undefined || knownThere !== undefined;
  const guesses =
    simulated && options.taskFolder !== undefined
      ? await guessNotice(context, options.taskFolder, knownThere, load)
      : undefined;
  // A simulation behind an endpoint that knows the task knows what is in this book.
  const book =
    textbook ?? (knownThere === undefined ? undefined : await openTextbook(context, taskFolders, load));
  return {
    clock,
    model: createModelRouter(byProvider, prices),
    card: cardsOf(context, models, options),
    simulated,
    ...defined({ guesses, knownThere }),
    ...defined({ knows: book && ((question: string) => recognises(question, book)) }),
    onNote: (listener) => void listeners.push(listener),
    ...defined({ closeModels: localModels && (() => localModels.close()) }),
  };
}

function refuseIdleLoad(simLoad: ServerLoadOptions | undefined, isEmbedded: boolean): void {
  if (simLoad === undefined || isEmbedded) return;
  throw new InputError('--sim-load', {
    expected: 'simulated models alone (sim/…)',
    found: 'models of a server, which has its own load; `mixtune sim` takes --slots and --load',
  });
}

/** Where the dialects of servers are remembered: beside the runs. */
export function dialectFile(context: CliContext, runsDir: string): string {
  return resolve(context.cwd, runsDir, 'dialects.json');
}

function rememberedDialects(context: CliContext, runsDir: string | undefined) {
  if (runsDir === undefined) return {};
  return { dialectStore: openDialectFile(dialectFile(context, runsDir), context.today) };
}

/** A card with the price that the user gave for it. */
export function pricedCard(
  card: ModelCard | undefined,
  price: ReturnType<GivenPrices>,
): ModelCard | undefined {
  return card === undefined || price === undefined ? card : { ...card, price };
}

/** What is known of the given models without reaching any: prices given before listed ones, speeds measured here. */
export function cardsOf(
  context: CliContext,
  models: readonly string[],
  options: Pick<StackOptions, 'baseUrl' | 'runsDir' | 'prices'>,
): ModelStack['card'] {
  const local = localCards(context, models);
  const measured = withMeasuredSpeeds(context, options);
  return (name) =>
    measured(pricedCard(local.get(name) ?? cardOf(name, options.baseUrl), options.prices?.(name)));
}

/** What is known of a model by its full name, without reaching it. */
export function cardOf(name: string, baseUrl: string | undefined): ModelCard | undefined {
  const provider = providerOf(name);
  if (provider === 'sim') return simulatedModels.find((card) => card.name === name);
  // Another server's model of the same name has another price and another context.
  if (provider === 'openai' && baseUrl !== undefined) {
    return { name, contextTokens: null, price: null, speed: null, simulated: false };
  }
  return modelCard(name);
}

/**
 * Asks the endpoint what it serves; a server that does not tell is believed. What its models know by heart,
 * when it is a simulation.
 * @throws InputError where it wants a key and calls would carry none
 */
async function checkEndpoint(
  context: CliContext,
  endpoint: Endpoint & { readonly baseUrl: string; readonly env: CliContext['env'] },
  models: readonly string[],
): Promise<readonly string[] | undefined> {
  const list = await readEndpoint(endpoint.baseUrl, unwrap(endpointKeys('openai', endpoint)));
  if (list === null) return undefined;
  checkListed(context, endpoint.baseUrl, list, models);
  return list.find((model) => model.simulated)?.knows;
}

/**
 * Holds names against those that an endpoint lists; none where it lists nothing.
 * @throws InputError for one that is not among them, nor akin to one
 */
export function checkListed(
  context: CliContext,
  baseUrl: string,
  list: readonly Pick<ListedModel, 'id' | 'simulated'>[],
  models: readonly string[],
): void {
  const ids = list.map((model) => model.id);
  for (const model of models) {
    const name = model.slice('openai/'.length);
    const isServed = list.some(({ id, simulated }) => id === name || (simulated && id === `sim/${name}`));
    if (list.length === 0 || isServed) continue;
    const related = ids.find((id) => isSameModel(id, name));
    if (related !== undefined) {
      // Servers take names that they do not list: without a tag, with another, or with a prefix.
      context.notice(`${baseUrl} lists "${related}", not "${name}"; going on`);
      continue;
    }
    const known = ids.length > 20 ? `${ids.slice(0, 20).join(', ')}, …` : ids.join(', ');
    throw wrongModel(
      name,
      `a model that ${baseUrl} serves: one of ${known}`,
      suggest(name, ids) ?? suggest(`sim/${name}`, ids),
    );
  }
}
