import { availableParallelism } from 'node:os';
import { defined } from '../../../core/defined.ts';
import { InputError, messageOf } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import type { PythonSandbox } from '../../../grading/grader.ts';
import { createPythonSandbox } from '../../../grading/sandbox/index.ts';
import { localSettings } from '../../../local/index.ts';
import { keyIn, otherProviders, providers } from '../../../models/provider-list.ts';
import { endpointKeys } from '../../../models/providers.ts';
import { providerOf } from '../../../models/router.ts';
import type { ClusterKey } from '../../../workers/cluster-key.ts';
import type { OfferedWork } from '../../../workers/worker.ts';
import type { CliContext } from '../../context.ts';
import { readEndpoint } from '../models/endpoint.ts';
import { localDefault } from '../models/local.ts';
import type { ModelStack } from '../models/model-stack.ts';
import { createModelStack } from '../models/models.ts';

/** Calls by one key at once, where nobody says. */
const defaultCalls = 64;
/** Names that an endpoint lists are told runs up to so many: they are said again every few seconds. */
const mostListed = 200;
/** Most sandboxes of one worker. */
const mostSandboxes = 64;

export interface WorkerFlags {
  readonly models?: readonly string[];
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly concurrency: number | 'auto';
  readonly gradings: number | 'auto';
}

/** What this machine offers runs, ready to do it. */
export interface OpenOffers {
  readonly work: readonly OfferedWork[];
  readonly stack: ModelStack;
  /** The number of a key among those of its provider. */
  readonly account: (fingerprint: string) => number;
  readonly sandbox: PythonSandbox | undefined;
}

/**
 * @throws InputError where nothing can be offered, and for a model in `--models` that cannot
 */
export async function openOffers(
  context: CliContext,
  flags: WorkerFlags,
  key: ClusterKey,
  onLine: (line: string) => void,
): Promise<OpenOffers> {
  const { baseUrl, apiKeyEnv } = flags;
  const endpoint: GivenEndpoint = defined({ baseUrl, apiKeyEnv });
  const names = flags.models === undefined ? allModels(context, flags) : named(flags);
  const listed = await Promise.all(names.map((name) => listedFor(context, name, endpoint)));
  const stack = await createModelStack(context, listed.flat(), {
    ...endpoint,
    seed: 1,
    clock: context.clock,
  });
  const accounts = new Map<string, number>();
  const work = [...localWork(context, names, stack)];
  const hosted = new Set(names.map(providerOf).filter((provider) => provider !== 'local'));
  for (const provider of hosted) {
    const own = names.filter((name) => providerOf(name) === provider);
    const keys = unwrap(endpointKeys(provider, { env: context.env, ...endpoint }));
    const revision = stack.model.revision(own[0] ?? '');
    const anyAt = names.indexOf(`${provider}/*`);
    const models = anyAt >= 0 ? null : own;
    const told = listed[anyAt]?.map((name) => name.slice(provider.length + 1)) ?? [];
    const known = provider === 'openai' ? stack.knownThere : undefined;
    const knows = known === undefined ? null : [...known];
    for (const [account, secret] of (keys.length === 0 ? [''] : keys).entries()) {
      const fingerprint = key.name(['key', provider, revision, secret], 16);
      accounts.set(fingerprint, account);
      const offer = {
        kind: 'key',
        provider,
        revision,
        fingerprint,
        models,
        listed: toldNames(told),
        knows,
      } as const;
      work.push({ offer, slots: flags.concurrency === 'auto' ? defaultCalls : flags.concurrency });
    }
  }
  const sandbox = await openSandbox(flags, work, onLine);
  if (work.length === 0) {
    throw new InputError('worker', {
      expected: "a provider's key in the environment, --base-url, a local model, or a sandbox that works",
      found: 'none, so that there is nothing that this worker could do',
    });
  }
  return { work, stack, sandbox, account: (fingerprint) => accounts.get(fingerprint) ?? 0 };
}

/** Names for runs to hold their own against; `null` where any name will do. */
function toldNames(names: readonly string[]): string[] | null {
  const isList = names.length > 0 && names.length <= mostListed && !names.includes('*');
  return isList ? [...names] : null;
}

type GivenEndpoint = Pick<WorkerFlags, 'baseUrl' | 'apiKeyEnv'>;

/** The names that the endpoint given lists, in place of `openai/*`. */
async function listedFor(context: CliContext, name: string, endpoint: GivenEndpoint): Promise<string[]> {
  const { baseUrl } = endpoint;
  if (name !== 'openai/*' || baseUrl === undefined) return [name];
  const keys = unwrap(endpointKeys('openai', { env: context.env, ...endpoint }));
  const list = await readEndpoint(baseUrl, keys);
  return list === null || list.length === 0 ? [name] : list.map(({ id }) => `openai/${id}`);
}

function localWork(context: CliContext, names: readonly string[], stack: ModelStack): OfferedWork[] {
  const slots = localSettings(context.env).lanes;
  return names.flatMap((name) => {
    const card = providerOf(name) === 'local' ? stack.card(name) : undefined;
    if (card === undefined) return [];
    return [{ offer: { kind: 'local', revision: stack.model.revision(name), card } as const, slots }];
  });
}

/** Everything that could be asked of this machine. */
function allModels(context: CliContext, { baseUrl }: WorkerFlags): string[] {
  const hosted = providers
    .filter(({ apiKeyEnv: variable }) => keyIn(context.env, variable) !== undefined)
    .map(({ name }) => `${name}/*`);
  const given = baseUrl === undefined ? [] : ['openai/*'];
  return [...new Set([...hosted, ...given]), ...localDefault(context)];
}

function named({ models = [], baseUrl }: WorkerFlags): string[] {
  for (const name of models) {
    const provider = providerOf(name);
    const known = providers.some((each) => each.name === provider) || provider === 'local';
    if (name.includes('/') && known) continue;
    if (!name.includes('/') && baseUrl !== undefined) continue;
    const why = otherProviders.some((other) => other === provider)
      ? ', whose models answer in the process of the run'
      : '';
    throw new InputError('--models', {
      expected: `provider/model or provider/* out of ${[...providers.map((each) => each.name), 'local'].join(', ')}`,
      found: `"${name}"${why}`,
    });
  }
  return [...new Set(models.map((name) => (name.includes('/') ? name : `openai/${name}`)))];
}

async function openSandbox(
  { gradings }: WorkerFlags,
  work: OfferedWork[],
  onLine: (line: string) => void,
): Promise<PythonSandbox | undefined> {
  const slots = gradings === 'auto' ? Math.min(mostSandboxes, availableParallelism()) : gradings;
  if (slots === 0) return undefined;
  try {
    const sandbox = await createPythonSandbox({ workers: slots });
    work.push({ offer: { kind: 'gradings', tier: sandbox.tier }, slots });
    return sandbox;
  } catch (error) {
    if (gradings !== 'auto') throw error;
    onLine(`no gradings: ${messageOf(error)}`);
    return undefined;
  }
}
