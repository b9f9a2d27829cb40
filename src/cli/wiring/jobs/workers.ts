import { randomBytes } from 'node:crypto';
import { defined } from '../../../core/defined.ts';
import { redact } from '../../../core/redact.ts';
import type { PythonSandbox } from '../../../grading/grader.ts';
import type { ChatModel } from '../../../models/chat-model.ts';
import { providers } from '../../../models/provider-list.ts';
import { createModelRouter, providerOf } from '../../../models/router.ts';
import { Cluster, type OfferedQueue } from '../../../workers/cluster.ts';
import { clusterKeyIn } from '../../../workers/cluster-key.ts';
import { RemoteModel, RemoteSandbox } from '../../../workers/remote-model.ts';
import { connectServer, type Server } from '../../../workers/server.ts';
import { readServerUrl } from '../../../workers/server-url.ts';
import type { CliContext } from '../../context.ts';
import type { WorkersOptions } from '../../flags.ts';
import { localCards } from '../models/local.ts';
import type { ModelStack } from '../models/model-stack.ts';
import { cardOf, checkListed, createModelStack, pricedCard, type StackOptions } from '../models/models.ts';
import { withMeasuredSpeeds } from '../models/speeds.ts';
import { guessNotice } from '../models/textbook.ts';

/** How long a run waits for the first worker that offers what it needs, in ms. */
const patienceMs = 60_000;
/** An outage of the server is told when it has lasted so long, in ms. */
const outageMs = 3_000;

/** Workers that make a command's calls and gradings. */
export interface Workers {
  readonly stack: ModelStack;
  /** The sandboxes of workers; absent where no worker has one: then this machine grades. */
  sandbox(): Promise<PythonSandbox | undefined>;
  close(): Promise<void>;
}

export interface WorkersNeeded {
  /** Full names. */
  readonly models: readonly string[];
  readonly run: string | undefined;
  readonly stackOptions: StackOptions;
}

/**
 * The workers of a cluster in place of this machine; `undefined` where the command line names none.
 * @throws InputError for a server that may not be used or does not answer, without a cluster key, and where no
 *   worker offers a model in time.
 */
export async function openWorkers(
  context: CliContext,
  options: WorkersOptions & { readonly cache?: boolean },
  { models, run, stackOptions }: WorkersNeeded,
): Promise<Workers | undefined> {
  if (options.workers === undefined) return undefined;
  const say = context.notice;
  const id = run ?? `${context.argv[0] ?? 'command'}-${randomBytes(4).toString('hex')}`;
  const server = await openServer(context, options.workers, { ...options, source: '--workers', say });
  const now = (): number => context.today().getTime();
  const { version, clock } = context;
  const cluster = new Cluster({ server, version, run: id, now, clock, onNotice: say });
  try {
    await cluster.open();
    const scope = { run: id, cache: options.cache };
    const stack = await remoteStack(context, cluster, server, { models, scope, stackOptions });
    return {
      stack,
      sandbox: async () => {
        const [queue] = cluster.gradingQueues();
        if (queue !== undefined) return new RemoteSandbox(cluster, server.key, queue);
        say('no worker offers gradings: this machine grades');
        return undefined;
      },
      close: () => cluster.close(),
    };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** A connection to a cluster's server, whose outages are told. */
export async function openServer(
  context: CliContext,
  url: string,
  {
    source,
    insecure = false,
    say,
  }: {
    readonly source: string;
    readonly insecure?: boolean;
    readonly say: (line: string) => void;
  },
): Promise<Server> {
  const key = clusterKeyIn(context.env);
  let timer: NodeJS.Timeout | undefined;
  let told = false;
  return connectServer({
    url: readServerUrl(url, { source, insecure }),
    ...{ key, source },
    onTrouble: (trouble) => {
      if (trouble === undefined) {
        clearTimeout(timer);
        timer = undefined;
        if (told) say('the server of the workers answers again');
        told = false;
        return;
      }
      // Each try that fails says so again: the outage is as old as the first.
      timer ??= setTimeout(() => {
        told = true;
        say(`${trouble}: no new calls until it does`);
      }, outageMs).unref();
    },
  });
}

/** Simulated models stay in this process; all others are the workers'. */
async function remoteStack(
  context: CliContext,
  cluster: Cluster,
  { key }: Server,
  {
    models,
    scope,
    stackOptions,
  }: {
    readonly models: readonly string[];
    readonly scope: { readonly run: string; readonly cache: boolean | undefined };
    readonly stackOptions: StackOptions;
  },
): Promise<ModelStack> {
  const embedded = models.filter((name) => providerOf(name) === 'sim');
  if (stackOptions.recorded !== undefined || embedded.length === models.length)
    return createModelStack(context, models, stackOptions);
  const own = await createModelStack(context, embedded, { ...stackOptions, clock: context.clock });
  const { baseUrl, prices } = stackOptions;
  const remote = models.filter((name) => providerOf(name) !== 'sim');
  const endpoint = (model: string): string | undefined => endpointOf(model, baseUrl);
  for (const name of remote) {
    const isThere = (): boolean => cluster.queuesOf(name, endpoint(name)).length > 0;
    const at = endpoint(name);
    const needed = at === undefined ? name : `${name} at ${at}`;
    await cluster.waitFor(isThere, { source: '--workers', needed, patienceMs });
    checkOffered(context, cluster.queuesOf(name, at), name);
  }
  const offers = remote.flatMap((name) => cluster.queuesOf(name, endpoint(name)).map(({ offer }) => offer));
  const knows = offers.flatMap((offer) =>
    offer.kind === 'key' && offer.knows !== null ? [offer.knows] : [],
  );
  const simulated = own.simulated || knows.length > 0;
  const [known] = knows;
  const { taskFolder } = stackOptions;
  const guesses =
    own.guesses ??
    (known === undefined || taskFolder === undefined
      ? undefined
      : await guessNotice(context, taskFolder, known));
  const measured = withMeasuredSpeeds(context, stackOptions);
  const card: ModelStack['card'] = (name) => {
    if (providerOf(name) === 'sim') return own.card(name);
    const offered = cluster.queuesOf(name).find(({ offer }) => offer.kind === 'local')?.offer;
    const local = offered?.kind === 'local' ? offered.card : localCards(context, [name]).get(name);
    return measured(pricedCard(local ?? cardOf(name, baseUrl), prices?.(name)));
  };
  const sharesAnswers = !simulated && scope.cache !== false;
  const model = new RemoteModel({ cluster, key, card, endpoint, scope: sharesAnswers ? '' : scope.run });
  const byProvider = new Map<string, ChatModel>(remote.map((name) => [providerOf(name), model]));
  if (embedded.length > 0) byProvider.set('sim', own.model);
  const { clock } = context;
  const routed = createModelRouter(byProvider);
  return { clock, model: routed, card, simulated, onNote: own.onNote, ...defined({ guesses }) };
}

/** An endpoint that only workers reach is asked by them what it serves. */
function checkOffered(context: CliContext, queues: readonly OfferedQueue[], model: string): void {
  const lists = queues.map(({ offer }) => {
    if (offer.kind !== 'key' || offer.listed === null) return undefined;
    const simulated = offer.knows !== null;
    return { at: offer.revision, models: offer.listed.map((id) => ({ id, simulated })) };
  });
  const [first] = lists;
  if (first === undefined || lists.includes(undefined)) return;
  const models = lists.flatMap((list) => list?.models ?? []);
  checkListed(context, first.at, models, [model]);
}

/** Where a hosted model is asked; `undefined` for models that lie on workers' machines. */
function endpointOf(model: string, baseUrl: string | undefined): string | undefined {
  const provider = providerOf(model);
  if (provider === 'openai' && baseUrl !== undefined) return redact(baseUrl.replace(/\/+$/, ''));
  return providers.find(({ name }) => name === provider)?.baseUrl;
}
