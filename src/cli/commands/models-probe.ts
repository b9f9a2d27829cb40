import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { groupBy } from '../../core/group-by.ts';
import { unwrap } from '../../core/result.ts';
import type { SpeedProfile } from '../../domain/speed-profile.ts';
import { keysIn } from '../../models/provider-list.ts';
import { type MeasuredSpeed, prepareSpeedProbe, type SpeedProbe } from '../../models/speed-probe.ts';
import { keepSpeedProfile, readSpeedProfiles } from '../../models/speed-profile-file.ts';
import { formatCost, formatCounted, unknown } from '../../report/format.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, value, valueOr } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags, modelFlags, modelsFlags, runsFlags } from '../flags.ts';
import { parseCountFrom, parseProfileName } from '../option-values.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { lookAtEndpoint } from '../wiring/models/endpoint.ts';
import { chooseModels } from '../wiring/models/model-names.ts';
import { placeOf, speedProfileFile } from '../wiring/models/speeds.ts';

const flags = {
  ...modelFlags,
  ...modelsFlags(
    'models to measure, as provider/model (default: those that tune would use; with a base URL all served there)',
  ),
  calls: valueOr('<n>', 'calls a model', parseCountFrom(1), 3),
  answerTokens: valueOr('<n>', 'most tokens of one answer', parseCountFrom(16), 128),
  maxTokens: valueOr('<n>', 'most input and output tokens in all', parseCountFrom(1), 20_000),
  profile: value(
    '<name>',
    'name to keep it under (default: the provider, or the host of the base URL)',
    parseProfileName,
  ),
  ...jsonFlags,
  ...runsFlags,
};
type ModelsProbeOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Measures time to first token and tokens per second with a few calls, one after the other, and keeps them as a speed profile that `mixtune front --project` can use. Refuses to begin when the calls might take more tokens than allowed.',
  flags,
  examples: [
    'mixtune models probe --models groq/llama-3.1-8b-instant,groq/llama-3.3-70b-versatile',
    'mixtune models probe --base-url http://127.0.0.1:8080/v1 --calls 5 --profile my-server',
  ],
  run: async (_values, options, context) => {
    const names = await namesOf(context, options);
    await using callers = await openCallers(context, options, { models: names });
    const { simulated } = callers;
    const signal = callers.interruptible();
    const { calls, answerTokens, maxTokens } = options;
    const file = speedProfileFile(context, options.runsDir);
    unwrap(readSpeedProfiles(file));
    const measure = await prepareSpeedProbe({
      ...{ model: callers.model, models: names, calls, answerTokens, maxTokens, signal },
      onCall: (model, call, outcome) => {
        const said = 'cause' in outcome ? `failed (${outcome.code})` : `${outcome.usage.outputTokens} tokens`;
        context.stderr.line(`${model}, call ${call + 1} of ${calls}: ${said}`);
      },
    });
    const probe = await callers.run(measure);
    const keeping = profilesOf(probe, options, context, simulated).map((each) =>
      keepSpeedProfile(file, each),
    );
    const kept = keeping.flatMap((each) => (each.ok ? [each.value.name] : []));
    tell(context, options, { ...probe, profiles: kept, file, simulated }, (look) =>
      [
        ...(simulated ? ['The models are simulated.'] : []),
        renderTable(columns, probe.speeds, look),
        '',
        spentText(probe),
        ...kept.map((name) => `Kept as ${name} in ${file}: mixtune front RUN --project ${name}`),
      ].join('\n'),
    );
    // After what was paid for is shown: the disk may be full.
    keeping.forEach(unwrap);
    if (signal.aborted) return exitCodes.interrupted;
    return probe.speeds.every(({ answered }) => answered > 0) ? exitCodes.done : exitCodes.failed;
  },
});

/** The models given; with a base URL alone, all that are served there. */
async function namesOf(context: CliContext, options: ModelsProbeOptions): Promise<readonly string[]> {
  if (options.models !== undefined || options.baseUrl === undefined) {
    return chooseModels(context, options, undefined).models;
  }
  const { baseUrl, apiKeyEnv } = options;
  const keys = apiKeyEnv === undefined ? [] : keysIn(context.env[apiKeyEnv] ?? '');
  const state = await lookAtEndpoint(baseUrl, keys, context.fetch ?? globalThis.fetch);
  if (state.kind === 'listed' && state.models.length > 0) return state.models.map(({ id }) => `openai/${id}`);
  throw new InputError('--base-url', {
    expected: `--models beside it, since ${baseUrl} does not say what it serves`,
    found: state.kind === 'unreachable' ? state.reason : state.kind,
  });
}

/** One profile a provider, or one for the base URL; only models of which something was measured. */
function profilesOf(
  probe: SpeedProbe,
  options: ModelsProbeOptions,
  context: CliContext,
  simulated: boolean,
): SpeedProfile[] {
  const byName = groupBy(
    probe.speeds.filter(({ tokensPerSecond }) => tokensPerSecond !== null),
    ({ model }) => options.profile ?? placeOf(model, options.baseUrl),
  );
  return [...byName].map(([name, speeds]) => ({
    name,
    source: `measured by mixtune ${context.version}, ${formatCounted(options.calls, 'call')} a model`,
    date: context.today().toISOString(),
    ...(simulated ? { simulated } : {}),
    models: Object.fromEntries(
      speeds.map(({ model, firstTokenMs, tokensPerSecond, note }) => [
        model.slice(model.indexOf('/') + 1),
        { firstTokenMs, tokensPerSecond, ...defined({ note }) },
      ]),
    ),
  }));
}

function spentText({ spent: { calls, tokens, usd } }: SpeedProbe): string {
  return `Spent: ${formatCounted(calls, 'call')}, ${formatCounted(tokens, 'token')}, ${formatCost(usd)}.`;
}

const columns: readonly Column<MeasuredSpeed>[] = [
  { head: 'model', text: ({ model }) => model },
  {
    head: 'first token',
    align: 'right',
    text: ({ firstTokenMs }) => (firstTokenMs === null ? unknown : `${firstTokenMs} ms`),
  },
  { head: 'tokens/s', align: 'right', text: ({ tokensPerSecond }) => String(tokensPerSecond ?? unknown) },
  { head: 'range', align: 'right', expendable: 1, text: ({ range }) => range?.join('–') ?? '' },
  { head: '', cut: true, expendable: 2, text: noteText },
];

function noteText({ note, failures }: MeasuredSpeed): string {
  const failed = failures.map(({ code, message }) => `${code}: ${message}`);
  return [...(note === undefined ? [] : [note]), ...failed].join('; ');
}
