import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import type { ChatRequest } from '../../models/chat-model.ts';
import { formatShortCount } from '../../report/format.ts';
import type { Look } from '../../report/look.ts';
import { wrapBeside } from '../../report/wrap-text.ts';
import { checkServer, type ServerReport } from '../../workers/server-check.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, on } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { endpointFlags, jsonFlags, modelsFlags, offlineFlags, runsFlags, workersFlags } from '../flags.ts';
import { type DoctorReport, examine, firstLine } from '../wiring/doctor-report.ts';
import { openServer } from '../wiring/jobs/workers.ts';
import { openCallers } from '../wiring/models/callers.ts';
import type { EndpointState } from '../wiring/models/endpoint.ts';
import { chooseModels } from '../wiring/models/model-names.ts';

const flags = {
  ...endpointFlags,
  ...modelsFlags('models for --probe, as provider/model'),
  ...jsonFlags,
  ...runsFlags,
  ...offlineFlags,
  ...workersFlags,
  probe: on('find out the dialects of --models with a few calls'),
};
type DoctorOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Shows Node, the tiers of the Python sandbox, keys (names only), which endpoints answer and their dialects, local models and speed profiles, and what to do about each problem. Asks only endpoints whose key is set, those on this machine, and the base URL given, for their lists of models; no tokens are used without --probe. Exit 1 where a problem would stop a run (Node, sandbox, runs folder, workers); what limits some runs only is a note, with exit 0.',
  flags,
  examples: [
    'mixtune doctor',
    'mixtune doctor --base-url http://127.0.0.1:8080/v1 --models sage-70b --probe',
    'mixtune doctor --workers redis://127.0.0.1:6379/0',
  ],
  run: async (_values, options, context) => {
    if (options.probe === true) await probeDialects(options, context);
    const alone = await examine(context, options);
    const cluster = await examineWorkers(context, options);
    const problems = [...alone.problems, ...(cluster?.problems ?? [])];
    const report = { ...alone, ...defined({ workers: cluster }), problems };
    tell(context, options, report, (look) => reportText(report, look));
    return report.problems.some(({ blocking }) => blocking) ? exitCodes.failed : exitCodes.done;
  },
});

/** The server that runs hand work out over, where one is named. */
async function examineWorkers(
  context: CliContext,
  options: DoctorOptions,
): Promise<ServerReport | undefined> {
  if (options.workers === undefined) return undefined;
  const named = { ...options, source: '--workers', say: context.notice };
  const server = await openServer(context, options.workers, named);
  try {
    return await checkServer(server, () => context.today().getTime());
  } finally {
    await server.close();
  }
}

/** One call to each model that makes use of all of the API; the answers find out the dialects. */
async function probeDialects(options: DoctorOptions, context: CliContext): Promise<void> {
  if (options.models === undefined) {
    throw new InputError('--probe', { expected: '--models beside it: each gets a call or a few' });
  }
  const { models } = chooseModels(context, options, undefined);
  const callers = await openCallers(context, options, { models });
  const findings = new Map<string, string>();
  callers.onNote(({ model, kind, text }) => void findings.set(`${kind} ${model}`, `${model}: ${text}`));
  for (const model of models.filter((name) => !name.startsWith('sim/') && !name.startsWith('local/'))) {
    for (const temperature of [0, 0.7]) {
      const outcome = await callers.model.complete(
        { ...probeRequest, model, temperature },
        { purpose: 'probe' },
      );
      if (outcome.kind === 'answered') continue;
      context.stderr.line(`${model}: ${outcome.failure.code}: ${outcome.failure.message}`);
      break;
    }
  }
  for (const finding of findings.values()) context.stderr.line(finding);
}

const probeRequest: Omit<ChatRequest, 'model'> = {
  messages: [
    { role: 'system', content: 'You answer with one word.' },
    { role: 'user', content: 'Say hello.' },
  ],
  topP: 0.95,
  maxTokens: 16,
  sample: { repeat: 0, index: 0 },
};

const labelWidth = 17;

function reportText(report: DoctorReport & { readonly workers?: ServerReport }, look: Look): string {
  const { colors, paragraphs } = look;
  const line = (label: string, text: string): string =>
    `${label.padEnd(labelWidth)}${wrapBeside(labelWidth, text, paragraphs)}`;
  const names = report.keys
    .filter(({ found }) => found)
    .map(({ provider, variable }) => `${provider} (${variable})`);
  const { runtime, models } = report.local;
  return [
    line('Node.js', `${report.node} (20.19 or later is needed)`),
    ...report.sandbox.tiers.map(({ tier, available, reason }) => {
      const state = tier === report.sandbox.used ? 'used' : available ? 'available' : 'not available';
      const why = available || reason === undefined ? '' : `: ${firstLine(reason)}`;
      return line('Python sandbox', `${tier}: ${state}${why}`);
    }),
    line('Keys found', names.length === 0 ? 'none' : names.join(', ')),
    ...report.endpoints.map(({ provider, baseUrl, state }) =>
      line('Endpoint', `${provider} at ${baseUrl}: ${stateText(state)}`),
    ),
    ...report.dialects.map(({ endpoint, model, departures, learned }) => {
      const told = departures.length === 0 ? 'takes all that is asked of it' : departures.join(', ');
      return line('Dialect', `${model} at ${endpoint}: ${told} (${learned.slice(0, 10)})`);
    }),
    line('Local models', runtime === null ? 'no runtime' : `node-llama-cpp ${runtime}`),
    ...models.map(({ name, bytes }) => line('', `${name} (${formatShortCount(bytes)} bytes)`)),
    ...report.speedProfiles.map(({ name, source, date, models: measured }) => {
      const from = `${source}${date === null ? '' : `, ${date.slice(0, 10)}`}`;
      return line('Speed profile', `${name}: ${measured.join(', ')} (${from})`);
    }),
    ...(report.workers === undefined ? [] : [line('Workers', serverText(report.workers))]),
    '',
    ...(report.problems.length === 0 ? ['No problems found.'] : []),
    ...report.problems.flatMap(({ what, todo, blocking }) => [
      // Bold after it is laid out: marks of colour have no width.
      line(blocking ? 'Problem' : 'Note', what).replace(/^\w+/, (label) => colors.bold(label)),
      line('', todo),
    ]),
  ].join('\n');
}

function serverText({ server, version, workers, persistence, evictionPolicy }: ServerReport): string {
  const kept = `persistence: ${persistence}, maxmemory-policy ${evictionPolicy}`;
  return `${workers} at ${server} (${version}; ${kept})`;
}

function stateText(state: EndpointState): string {
  switch (state.kind) {
    case 'listed':
      return state.models.length === 1 ? 'answers, 1 model' : `answers, ${state.models.length} models`;
    case 'no-list':
      return `answers, but keeps no list of models (${state.status})`;
    case 'refused':
      return `refuses the key (${state.status})`;
    case 'unreachable':
      return `not reachable (${state.reason})`;
  }
}
