import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import type { SpeedProfile } from '../../domain/speed-profile.ts';
import { keysIn } from '../../models/provider-list.ts';
import { type MeasuredSpeed, prepareSpeedProbe, type SpeedProbe } from '../../models/speed-probe.ts';
import { keepSpeedProfile } from '../../models/speed-profile-file.ts';
import { formatCount, formatUsd } from '../../report/format.ts';
import { renderTable } from '../../report/table.ts';
import { defineCommand, type OptionsOf, value, valueOr } from '../command.ts';
import { type CliContext, tableLook, writeJson, writeLine } from '../context.ts';
import { jsonFlags, modelFlags, modelsFlags, runsFlags } from '../flags.ts';
import { parseCountFrom, parseProfileName } from '../option-values.ts';
import { openCallers } from '../wiring/callers.ts';
import { lookAtEndpoint } from '../wiring/endpoint.ts';
import { chooseModels } from '../wiring/model-names.ts';
import { placeOf, speedProfileFile } from '../wiring/speeds.ts';

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
  run: (_values, options, context) => modelsProbe(options, context),
});

/** Measures how fast models answer, and keeps it as speed profiles. */
async function modelsProbe(options: ModelsProbeOptions, context: CliContext): Promise<number> {
  const names = await namesOf(context, options);
  const callers = await openCallers(context, options, { models: names });
  const { simulated } = callers;
  const signal = callers.interruptible();
  try {
    const measure = await prepareSpeedProbe({
      model: callers.model,
      models: names,
      calls: options.calls,
      answerTokens: options.answerTokens,
      maxTokens: options.maxTokens,
      signal,
      onCall: (model, call, outcome) => {
        const said = 'cause' in outcome ? `failed (${outcome.code})` : `${outcome.usage.outputTokens} tokens`;
        writeLine(context.stderr, `${model}, call ${call + 1} of ${options.calls}: ${said}`);
      },
    });
    const probe = await callers.run(measure);
    const profiles = profilesOf(probe, options, context, simulated);
    const file = speedProfileFile(context, options.runsDir);
    const kept = profiles.map((profile) => unwrap(keepSpeedProfile(file, profile)));
    tell(context, options, { probe, kept, file, simulated });
    if (signal.aborted) return exitCodes.interrupted;
    return probe.speeds.every(({ answered }) => answered > 0) ? exitCodes.done : exitCodes.failed;
  } finally {
    await callers.close();
  }
}

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
    path: '',
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
  const byName = new Map<string, MeasuredSpeed[]>();
  for (const speed of probe.speeds) {
    if (speed.tokensPerSecond === null) continue;
    const name = options.profile ?? placeOf(speed.model, options.baseUrl);
    byName.set(name, [...(byName.get(name) ?? []), speed]);
  }
  return [...byName].map(([name, speeds]) => ({
    name,
    source: `measured by mixtune ${context.version}, ${options.calls} calls a model`,
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

function tell(
  context: CliContext,
  options: ModelsProbeOptions,
  told: {
    readonly probe: SpeedProbe;
    readonly kept: readonly SpeedProfile[];
    readonly file: string;
    readonly simulated: boolean;
  },
): void {
  const { probe, kept, file, simulated } = told;
  if (options.json === true) {
    const profiles = kept.map(({ name }) => name);
    writeJson(context.stdout, { ...probe, profiles, file, simulated });
    return;
  }
  if (simulated) writeLine(context.stdout, 'The models are simulated.');
  writeLine(context.stdout, renderTable(columns, probe.speeds.map(row), tableLook(context)));
  const { calls, tokens, usd } = probe.spent;
  const cost = usd === null ? 'unknown cost' : formatUsd(usd);
  writeLine(context.stdout, `\nSpent: ${calls} calls, ${formatCount(tokens)} tokens, ${cost}.`);
  for (const { name } of kept) {
    writeLine(context.stdout, `Kept as ${name} in ${file}: mixtune front RUN --project ${name}`);
  }
}

const columns = [
  { key: 'model', head: 'model' },
  { key: 'firstToken', head: 'first token', align: 'right' },
  { key: 'speed', head: 'tokens/s', align: 'right' },
  { key: 'range', head: 'range', align: 'right', expendable: 1 },
  { key: 'note', head: '', cut: true, expendable: 2 },
] as const;

function row({ model, firstTokenMs, tokensPerSecond, range, note, failures }: MeasuredSpeed) {
  const failed = failures.map(({ code, message }) => `${code}: ${message}`).join('; ');
  return {
    model,
    firstToken: firstTokenMs === null ? '?' : `${firstTokenMs} ms`,
    speed: tokensPerSecond === null ? '?' : String(tokensPerSecond),
    range: range === null ? '' : `${range[0]}–${range[1]}`,
    note: [note ?? '', failed].filter((text) => text !== '').join('; '),
  };
}
