import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { defaultExplore } from '../../adapt/learner.ts';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';
import { createRng } from '../../core/rng.ts';
import { boundsText } from '../../domain/bound-text.ts';
import { formatCounted } from '../../report/format.ts';
import { modelNames } from '../../serve/catalogue.ts';
import { type ServeServer, startServeServer } from '../../serve/server.ts';
import { ServeStore } from '../../serve/store.ts';
import { hastened } from '../../sim/server.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, on, severalArguments, text, textOr, value, valueOr } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { boundFlags, jsonFlags, modelFlags, rawFlags, runsFlags, trustFlags } from '../flags.ts';
import { listenForInterrupt, untilAborted } from '../interrupt.ts';
import { limitFlags, limitsOf } from '../limit-flags.ts';
import {
  parseCountFrom,
  parseDuration,
  parseFactor,
  parsePort,
  parseSeed,
  parseShare,
  parseUsd,
} from '../option-values.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { portTaken } from '../wiring/serve/port-taken.ts';

import { keysFlags } from '../wiring/serve/serve-keys.ts';
import type { OpenServed } from '../wiring/serve/served.ts';
import { openServedFiles, type ServedFiles } from '../wiring/serve/served-files.ts';

const flags = {
  port: valueOr('<n>', 'port to listen on; 0 for any free one', parsePort, 8400),
  host: textOr('<address>', 'address to listen on; beyond this machine keys are required', '127.0.0.1'),
  ...keysFlags,
  maxUsdDay: value('<x>', 'US dollars that requests may cost in a day (UTC)', parseUsd),
  maxInFlight: valueOr(
    '<n>',
    'requests answered at once; four times as many may wait',
    parseCountFrom(1),
    64,
  ),
  concurrency: valueOr('<n>', 'model calls in flight at once', parseCountFrom(1), 256),
  deadline: valueOr('<time>', 'time after which the best candidate is the answer', parseDuration, 120),
  drainDelay: valueOr('<time>', 'how long requests are still taken after SIGTERM', parseDuration, 0),
  drain: valueOr('<time>', 'how long running answers may then take', parseDuration, 30),
  adapt: on('learn from feedback which config answers requests for "front" (docs/adaptation.md)'),
  explore: value(
    '<share>',
    'with --adapt: largest share of requests that try another than the best known config (default: 0.05)',
    parseShare,
  ),
  state: text('<file>', "what the server remembers (default: serve.sqlite beside the runs' folders)"),
  seed: value(
    '<n>',
    "seed of simulated models (default: the run's, else 1), of what --adapt tries (default: 1), of requests' samples (default: new ones)",
    parseSeed,
  ),
  speed: valueOr('<factor>', 'simulated seconds per real second', parseFactor, 1),
  ...boundFlags('those of requests for "front" that have none (default: the run\'s)'),
  ...rawFlags,
  ...modelFlags,
  ...limitFlags,
  ...trustFlags,
  ...jsonFlags,
  ...runsFlags,
};
type ServeOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Serves tuned configs as an OpenAI-compatible endpoint until Ctrl-C: each point of a run by its name, or the whole front, out of which requests choose by bounds (docs/serve.md).',
  arguments: [
    severalArguments('run|config|lock', 'runs, points of runs (my-run:knee), locks or config files'),
  ],
  flags,
  examples: [
    'mixtune serve my-run',
    'mixtune serve my-run --adapt',
    'mixtune serve my-run --bound "latency<=2s,usd<=0.01"',
    'mixtune serve best.yaml --port 8500 --max-usd-day 5',
  ],
  subcommands: [
    {
      name: 'evaluate',
      summary: 'say what each config would have been worth on past requests',
      load: () => import('./serve-evaluate.ts'),
    },
    {
      name: 'key',
      summary: 'make, list and remove the keys of clients',
      load: () => import('./serve-key.ts'),
    },
  ],
  run: async ([names], options, context) => {
    const { notice } = context;
    using interrupt = listenForInterrupt(context);
    const clock = hastened(context.clock, options.speed);
    const files = await openServedFiles(context, names, options, { clock, onNotice: notice });
    let store: ServeStore | undefined;
    try {
      refuseOpenDoor(options, files);
      if (options.explore !== undefined && options.adapt !== true)
        throw new InputError('--explore', { expected: '--adapt beside it', found: 'none' });
      const { models, front } = files.served;
      const cards = (model: string) => front.members.map(({ source }) => source.card(model));
      const card = (model: string) => cards(model).find((found) => found !== undefined);
      refuseUnpriced(options.maxUsdDay, models, card, {}, '--max-usd-day');
      const state = resolve(context.cwd, options.state ?? `${options.runsDir}/serve.sqlite`);
      store = new ServeStore(state, context.today().getTime());
      if (store.isForgotten)
        notice(
          `${state} was there and is gone: what was spent today, decisions and feedback are forgotten, and limits on dollars a day count from 0`,
        );
      const server = await start(options, context, files, store, notice);
      announce(server, options, context, files);
      await untilAborted(interrupt.signal);
      const { inFlight, queued } = server.load();
      const left = inFlight + queued;
      notice(`ending: ${formatCounted(left, 'request')} under way`);
      await server.drain({ delay: options.drainDelay, patience: options.drain });
      return exitCodes.done;
    } finally {
      store?.close();
      await files.close();
    }
  },
});

function start(
  options: ServeOptions,
  context: CliContext,
  files: ServedFiles,
  store: ServeStore,
  notice: (text: string) => void,
): Promise<ServeServer> {
  const { port, host, maxInFlight, concurrency, deadline, maxUsdDay, seed } = options;
  return startServeServer({
    ...{ port, host, store, maxInFlight, concurrency, deadline, clock: context.clock, today: context.today },
    front: () => files.served.front,
    keys: () => files.keys,
    newId: randomUUID,
    rng: createRng(`serve/${seed ?? randomUUID()}`),
    onNotice: notice,
    onBug: (error) =>
      notice(`${error instanceof MixtuneError ? '' : 'unexpected error: '}${messageOf(error)}`),
    ...adaptOf(options),
    ...defined({ maxUsdDay, limits: limitsOf(options) }),
  }).catch(portTaken);
}

function adaptOf({ adapt, explore = defaultExplore, seed = 1 }: ServeOptions) {
  return adapt === true ? { adapt: { explore, rng: createRng(`adapt/${seed}`) } } : {};
}

/** Beyond this machine a server without keys would spend its owner's money for anybody. */
function refuseOpenDoor({ host }: ServeOptions, { keys, keysPath }: ServedFiles): void {
  if (isLoopback(host) || (keys !== undefined && keys.length > 0)) return;
  throw new InputError('--host', {
    expected: `an address of this machine, or keys in ${keysPath} (mixtune serve key add NAME)`,
    found: host,
  });
}

/** Longest question of a task that is shown in a line to be typed, in characters. */
const longestTried = 1000;

/** A body for curl inside single quotes, with a question of the task. */
function triedBody(model: string, question: string | undefined): string {
  const content = question === undefined || question.length > longestTried ? 'Hello' : question;
  return JSON.stringify({ model, messages: [{ role: 'user', content }] }).replaceAll("'", "'\\''");
}

function keysText(names: readonly string[] | null): string {
  if (names === null) return 'none; any program on this machine may ask';
  const empty = 'none in the list, so that nobody may ask (mixtune serve key add NAME makes one)';
  return names.length === 0 ? empty : names.join(', ');
}

/** What the models get of a question. */
function promptText(prompts: OpenServed['prompts'], model: string): string {
  const without = Object.keys(prompts).filter((name) => prompts[name] === null);
  if (without.length === Object.keys(prompts).length)
    return 'Prompt: none; questions go to the models as they are';
  const others = without.length === 0 ? '' : `; ${without.join(', ')} has none`;
  return `Prompt: the task's stands around each question, as while tuning; the model "${model};raw" takes questions as they are${others}`;
}

function announce(
  { url }: ServeServer,
  options: ServeOptions,
  context: CliContext,
  { served, keys }: ServedFiles,
): void {
  const { front, simulated, bounds, areBoundsMet, question, prompts } = served;
  const models = modelNames(front);
  const [first = 'best'] = models;
  const keyNames = keys?.map(({ name }) => name) ?? null;
  const { adapt, explore = defaultExplore } = options;
  tell(context, options, { url, models, simulated, bounds, prompts, keys: keyNames }, () =>
    [
      `Serving at ${url}${simulated ? ' (simulated models: answers say nothing of real ones, and to questions that are not of their task they are made up)' : ''}`,
      `Models: ${models.join(', ')}`,
      `Keys: ${keysText(keyNames)}`,
      // Where none is met, a notice has said what holds.
      ...(bounds === null || !areBoundsMet
        ? []
        : [`Bounds: ${boundsText(bounds)}, for requests for "front" that have none of their own`]),
      promptText(prompts, first),
      `Try it:  curl ${url}/chat/completions -H 'content-type: application/json'${keys === undefined ? '' : ' -H "Authorization: Bearer $KEY"'} -d '${triedBody(first, question)}'`,
      ...(adapt === true
        ? [
            `Learns from POST ${url}/feedback; at most ${Number((100 * explore).toPrecision(3))}% of requests try another than the best known config`,
          ]
        : []),
      'Stop with Ctrl-C.',
    ].join('\n'),
  );
}
