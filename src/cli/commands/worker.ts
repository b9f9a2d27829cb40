import { hostname } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { exitCodes } from '../../core/errors.ts';
import { formatCounted } from '../../report/format.ts';
import { offerText } from '../../workers/cluster.ts';
import { watchEventLoop } from '../../workers/watchdog.ts';
import { JobWorker } from '../../workers/worker.ts';
import { defineCommand } from '../command.ts';
import { requiredText, value, valueOr } from '../command-line.ts';
import { endpointFlags, insecureFlags, modelsFlags } from '../flags.ts';
import { parseCountFrom, parseDuration } from '../option-values.ts';
import { openOffers } from '../wiring/jobs/worker-offers.ts';
import { openServer } from '../wiring/jobs/workers.ts';
import { withoutSecrets } from '../wiring/secrets.ts';

/** A worker whose event loop does not turn for so many seconds ends itself. */
const blockedSeconds = 30;
/** How often it is looked whether there was anything to do, in ms. */
const idleLookMs = 500;

const flags = {
  join: requiredText('<url>', 'the Redis or Valkey server of the cluster, redis://:PASSWORD@HOST:6379/0'),
  ...insecureFlags,
  concurrency: valueOr('<n|auto>', 'calls by one key at once (auto: 64)', parseAuto(1), 'auto'),
  gradings: valueOr(
    '<n|auto>',
    'programs graded at once; 0 for none (auto: one a core)',
    parseAuto(0),
    'auto',
  ),
  ...modelsFlags('models to offer, as provider/model or provider/* (default: all that this machine can)'),
  ...endpointFlags,
  maxIdle: value('<time>', 'end after so long without work, such as 10m', parseDuration),
};

export default defineCommand({
  description:
    'Makes calls and gradings for runs on other machines (tune … --workers URL), with the keys of its own environment, until Ctrl-C. Runs and workers share the secret in MIXTUNE_CLUSTER_KEY (see docs/many-machines.md).',
  flags,
  examples: [
    'mixtune worker --join redis://127.0.0.1:6379/0',
    'mixtune worker --join rediss://:PASSWORD@queue.example:6379/0 --models groq/*,local/smollm2-135m-instruct --max-idle 10m',
  ],
  run: async (_values, options, context) => {
    const say = (line: string): void => context.stderr.line(withoutSecrets(line, context.env));
    const server = await openServer(context, options.join, { ...options, source: '--join', say });
    const ended = new AbortController();
    const release = context.onInterrupt(() => {
      say('asked to end: no new jobs, those under way have 120 s (once more ends at once)');
      ended.abort();
    });
    const stopWatch = watchEventLoop(blockedSeconds);
    try {
      const offers = await openOffers(context, options, server.key, say);
      const worker = new JobWorker({
        ...{ server, version: context.version, host: hostname() },
        ...{ work: offers.work, model: offers.stack.model, account: offers.account, sandbox: offers.sandbox },
        now: () => context.today().getTime(),
        clock: context.clock,
        onLine: say,
      });
      try {
        await worker.open();
        say(`worker ${worker.id} at ${server.url.shown}`);
        for (const { offer, slots } of offers.work) say(`offers ${offerText(offer)}: ${slots} at once`);
        await untilIdleOrEnded(worker, options.maxIdle, ended.signal);
        await worker.close();
      } finally {
        await offers.sandbox?.close();
        await offers.stack.closeModels?.();
      }
      say(`ended after ${formatCounted(worker.done, 'job')}`);
      return exitCodes.done;
    } finally {
      stopWatch();
      release();
      await server.close();
    }
  },
});

function parseAuto(least: number): (text: string) => number | 'auto' {
  return (text) => {
    if (text === 'auto') return 'auto';
    if (!/^\d/.test(text))
      throw new InvalidArgumentError(`Expected auto or a whole number from ${least} up.`);
    return parseCountFrom(least)(text);
  };
}

async function untilIdleOrEnded(
  worker: JobWorker,
  maxIdleSeconds: number | undefined,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    if (maxIdleSeconds !== undefined && worker.idleMs > maxIdleSeconds * 1000) return;
    await new Promise((resolve) => setTimeout(resolve, idleLookMs));
  }
}
