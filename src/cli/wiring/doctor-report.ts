import { resolve } from 'node:path';
import { modelNames, type SpeedProfile, shippedProfiles } from '../../domain/speed-profile.ts';
import { describePythonTiers } from '../../grading/sandbox/index.ts';
import { findRuntime, localPaths, readLibrary } from '../../local/index.ts';
import { listDialects, type RememberedDialect } from '../../models/openai/dialect-file.ts';
import { describeDialect } from '../../models/openai/openai-dialect.ts';
import { providers } from '../../models/provider-list.ts';
import { readSpeedProfiles } from '../../models/speed-profile-file.ts';
import { whyNoRuns } from '../../run/folder/run-folder.ts';
import type { CliContext } from '../context.ts';
import type { ModelOptions, RunsOption } from '../flags.ts';
import { type EndpointReport, lookAround } from './models/endpoints.ts';
import { dialectFile } from './models/models.ts';
import { speedProfileFile } from './models/speeds.ts';

/** Something that is not as it should be, and what to do about it. */
interface Problem {
  readonly what: string;
  readonly todo: string;
  /** True where mixtune cannot do its work at all. */
  readonly blocking: boolean;
}

export interface DoctorReport {
  readonly node: string;
  readonly sandbox: {
    readonly used: string | null;
    readonly tiers: Awaited<ReturnType<typeof describePythonTiers>>;
  };
  readonly keys: readonly { readonly provider: string; readonly variable: string; readonly found: boolean }[];
  readonly endpoints: readonly EndpointReport[];
  readonly dialects: readonly (RememberedDialect & { readonly departures: readonly string[] })[];
  readonly local: {
    /** Version of what runs local models; `null` where it is not installed. */
    readonly runtime: string | null;
    readonly models: readonly { readonly name: string; readonly bytes: number }[];
  };
  readonly speedProfiles: readonly {
    readonly name: string;
    readonly source: string;
    readonly date: string | null;
    readonly models: readonly string[];
    readonly simulated: boolean;
  }[];
  readonly problems: readonly Problem[];
}

/** Oldest Node that mixtune runs on. */
const leastNode = [20, 19] as const;

/** What of `doctor`'s options says where to look. */
type Examined = ModelOptions & RunsOption & { readonly offline?: boolean };

/** Looks at all that mixtune works with. Contacts only endpoints that are set up, and none when offline. */
export async function examine(context: CliContext, options: Examined): Promise<DoctorReport> {
  const problems: Problem[] = [];
  const note = (what: string, todo: string, blocking = false): void =>
    void problems.push({ what, todo, blocking });
  checkNode(process.version, note);
  const tiers = await describePythonTiers();
  const used = tiers.find((tier) => tier.available)?.tier ?? null;
  checkSandbox(used, tiers, note);
  // A server that the line names is told of as the provider `openai`.
  const variablesOf = ({ name, apiKeyEnv }: (typeof providers)[number]) =>
    new Set([apiKeyEnv, (name === 'openai' ? options.apiKeyEnv : undefined) ?? null]);
  const keys = providers
    .flatMap((each) => [...variablesOf(each)].map((variable) => ({ provider: each.name, variable })))
    .flatMap(({ provider, variable }) => (variable === null ? [] : [{ provider, variable }]))
    .map((each) => ({ ...each, found: (context.env[each.variable]?.trim() ?? '') !== '' }));
  const asked = options.offline === true ? [] : await lookAround(context, options);
  // Whoever names a server does not miss another on this machine.
  const isMissed = ({ apiKeyEnv, baseUrl, state }: EndpointReport): boolean =>
    options.baseUrl === undefined ||
    baseUrl === options.baseUrl ||
    apiKeyEnv !== null ||
    state.kind !== 'unreachable';
  const endpoints = asked.filter(isMissed);
  checkEndpoints(endpoints, note);
  const local = localModels(context, note);
  const dialects = listDialects(dialectFile(context, options.runsDir)).map((each) => ({
    ...each,
    departures: describeDialect(each.dialect),
  }));
  checkDialects(dialects, note);
  const answers = endpoints.some(({ state }) => state.kind === 'listed' && state.models.length > 0);
  if (!answers && local.models.length === 0 && !keys.some(({ found }) => found)) {
    note(
      'No real model can be reached: tune uses simulated ones.',
      'Set the key of a provider (mixtune models lists the variables), give --base-url, or fetch a local model (mixtune models pull).',
    );
  }
  const speedProfiles = profiles(context, options, note);
  await checkRunsFolder(resolve(context.cwd, options.runsDir), note);
  return {
    node: process.version,
    sandbox: { used, tiers },
    keys,
    endpoints,
    dialects,
    local,
    speedProfiles,
    problems,
  };
}

type Note = (what: string, todo: string, blocking?: boolean) => void;

/** @param version as in `process.version`: `v20.19.1`. */
export function checkNode(version: string, note: Note): void {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  note(`Node ${version} is too old.`, `Install Node ${leastNode.join('.')} or later.`, true);
}

function checkSandbox(used: string | null, tiers: DoctorReport['sandbox']['tiers'], note: Note): void {
  if (used === null) {
    const reasons = tiers.map(({ tier, reason }) => `${tier}: ${firstLine(reason ?? 'not available')}`);
    note(
      `No sandbox for Python works (${reasons.join('; ')}).`,
      'No code can be graded until one does.',
      true,
    );
  } else if (used !== tiers[0]?.tier) {
    note(
      `The strongest sandbox, ${tiers[0]?.tier}, does not work: ${firstLine(tiers[0]?.reason ?? 'not available')}`,
      `The next, ${used}, is used. See docs/python-sandbox.md for what it keeps out.`,
    );
  }
}

function checkEndpoints(endpoints: readonly EndpointReport[], note: Note): void {
  for (const { provider, baseUrl, apiKeyEnv, state } of endpoints) {
    const place = `${provider} (${baseUrl})`;
    if (state.kind === 'refused') {
      const todo =
        apiKeyEnv === null
          ? 'Name the variable that holds its key with --api-key-env.'
          : `Put a key that is valid there into ${apiKeyEnv}.`;
      note(
        `${place} refuses the ${apiKeyEnv === null ? 'call without a key' : `key in ${apiKeyEnv}`} (${state.status}).`,
        todo,
      );
    } else if (state.kind === 'unreachable' && !isOptional(provider, apiKeyEnv)) {
      note(
        `${place} cannot be reached: ${state.reason}.`,
        'Check the network, and whether the server runs. Behind a proxy set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY (Node.js 22.21, 24.5 or later).',
      );
    } else if (state.kind === 'no-list') {
      note(
        `${place} keeps no list of its models (${state.status}).`,
        'Name them with --models; they are believed.',
      );
    } else if (state.kind === 'listed' && state.models.length === 0) {
      note(`${place} serves no model.`, 'Load or pull one there.');
    }
  }
}

/** A server on this machine that nobody asked for may well not run. */
function isOptional(provider: string, apiKeyEnv: string | null): boolean {
  return apiKeyEnv === null && provider !== 'openai';
}

function checkDialects(dialects: DoctorReport['dialects'], note: Note): void {
  for (const { endpoint, model, dialect } of dialects) {
    if (dialect.temperature === 'any' || dialect.temperature === 'positive') continue;
    note(
      `${model} at ${endpoint} takes ${dialect.temperature === 'one' ? 'only temperature 1' : 'no temperature'}.`,
      'Temperatures make no difference to it: give it a search space with a single one, or calls are paid for that are alike.',
    );
  }
}

function localModels(context: CliContext, note: Note): DoctorReport['local'] {
  const paths = localPaths(context.env);
  const runtime = findRuntime(paths);
  const { models, broken } = readLibrary(paths);
  for (const { name, problem } of broken) {
    note(
      `The local model ${name} cannot be used: ${problem}.`,
      `Fetch it again: mixtune models pull ${name}`,
    );
  }
  if (models.length > 0 && runtime === null) {
    note('Local models are here, but nothing to run them.', 'Install it: mixtune models add-local');
  }
  return {
    runtime: runtime?.version ?? null,
    models: models.map(({ name, bytes }) => ({ name: `local/${name}`, bytes })),
  };
}

function profiles(context: CliContext, options: Examined, note: Note): DoctorReport['speedProfiles'] {
  const measured = readSpeedProfiles(speedProfileFile(context, options.runsDir));
  if (!measured.ok) note(measured.error.message, 'Mend the file, or move it away and measure again.');
  const all: readonly SpeedProfile[] = [...(measured.ok ? measured.value : []), ...shippedProfiles];
  return all.map((profile) => ({
    name: profile.name,
    source: profile.source,
    date: profile.date ?? null,
    models: modelNames(profile),
    simulated: profile.simulated === true,
  }));
}

async function checkRunsFolder(folder: string, note: Note): Promise<void> {
  const why = await whyNoRuns(folder);
  if (why === undefined) return;
  note(`${folder} cannot be written (${why}).`, 'Free it, or name another with --runs-dir.', true);
}

export function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
