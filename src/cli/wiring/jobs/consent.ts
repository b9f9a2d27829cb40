import { join } from 'node:path';
import { z } from 'zod';
import { defined } from '../../../core/defined.ts';
import { InputError, messageOf } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import { unwrap } from '../../../core/result.ts';
import { parseWith } from '../../../domain/validation.ts';
import { mixtuneHome } from '../../../local/index.ts';
import { providers } from '../../../models/provider-list.ts';
import { providerOf } from '../../../models/router.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions, TrustOption } from '../../flags.ts';
import { originOf, type Provenance } from '../configs/own-runs.ts';
import { othersMay, readHomeFile } from '../home-files.ts';

/** An endpoint that may be used; `keyless`: no key goes there, also not that of OpenAI. */
export interface AllowedEndpoint {
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly keyless?: true;
}

type Given = Pick<ModelOptions, 'baseUrl' | 'apiKeyEnv'> & TrustOption;

const endpointListName = 'endpoints.json';

/**
 * The endpoint to call models at. What stands in a file is a proposal: it is taken where the run was made by
 * this user, where this user's list of endpoints has it, or with `--trust`; what the command line says goes
 * before, whole. With `--trust` alone a key goes nowhere but to its own provider's address.
 * @param models full names of those to be called; the endpoint serves `openai/` alone.
 * @throws InputError that shows what the file asks for, and what would allow it
 */
export function allowedEndpoint(
  context: CliContext,
  given: Given,
  provenance: Provenance | undefined,
  models: readonly string[],
): AllowedEndpoint {
  const typed = parts(given);
  const { baseUrl, apiKeyEnv } = provenance?.endpoint ?? {};
  const asksNothing = baseUrl === undefined && (apiKeyEnv === undefined || typed.apiKeyEnv !== undefined);
  const isServed = models.some((model) => providerOf(model) === 'openai');
  if (typed.baseUrl !== undefined || provenance === undefined || asksNothing || !isServed) return typed;
  const asked = { ...parts({ baseUrl, apiKeyEnv }), ...typed };
  const origin = originOf(context, provenance);
  if (origin.own || isListed(context, asked, typed)) return asked;
  const refusal = refusalOf(asked, typed);
  if (given.trust === true && refusal === undefined) {
    return asked.apiKeyEnv === undefined ? { ...asked, keyless: true } : asked;
  }
  const stranger = `the run is not known to be yours: ${origin.why}`;
  const own = '--base-url and --api-key-env from you';
  throw new InputError(provenance.source, {
    path: 'endpoint',
    expected:
      refusal === undefined
        ? `--trust to use the file's once, or ${own} (${stranger})`
        : `${own}, and not on the file's word, since ${refusal} (${stranger})`,
    found: describe(baseUrl, apiKeyEnv),
  });
}

/**
 * The endpoint of a job: what the line says, whole, else what the job file proposes, where this user's list of
 * endpoints has it. A key goes nowhere on a file's word.
 * @throws InputError that shows what the file asks for, and what would allow it
 */
export function endpointOfFile(
  context: CliContext,
  given: Pick<ModelOptions, 'baseUrl' | 'apiKeyEnv'>,
  proposed: Pick<ModelOptions, 'baseUrl' | 'apiKeyEnv'>,
  file: { readonly shown: string; readonly lineOf: (path: readonly string[]) => number | undefined },
): Partial<Record<'baseUrl' | 'apiKeyEnv', string | undefined>> {
  const typed = parts(given);
  const { baseUrl, apiKeyEnv } = proposed;
  const asksNothing = baseUrl === undefined && (apiKeyEnv === undefined || typed.apiKeyEnv !== undefined);
  if (typed.baseUrl !== undefined) return { apiKeyEnv: undefined, ...typed };
  if (asksNothing) return typed;
  const asked = { ...parts(proposed), ...typed };
  if (isListed(context, asked, typed)) return asked;
  const key = baseUrl === undefined ? 'apiKeyEnv' : 'baseUrl';
  const flags = [
    ...(baseUrl === undefined ? [] : [`--base-url ${shownPart(redact(baseUrl))}`]),
    ...(asked.apiKeyEnv === undefined ? [] : [`--api-key-env ${shownPart(asked.apiKeyEnv)}`]),
  ];
  throw new InputError(file.shown, {
    path: key,
    expected: `${flags.join(' ')} on the command line, or the endpoint in your ${endpointListName}: a job file may come from anyone, so where keys go is not its to say`,
    found: describe(baseUrl, apiKeyEnv),
    ...defined({ line: file.lineOf([key]) }),
  });
}

const shownPart = (text: string): string => text.slice(0, mostShown);

/** Refuses a recording that only a file names, in place of the models. @throws InputError */
export function refuseUnknownRecording(
  context: CliContext,
  given: TrustOption,
  provenance: Provenance,
): void {
  const { recorded } = provenance.endpoint;
  if (recorded === undefined || given.trust === true) return;
  const origin = originOf(context, provenance);
  if (origin.own) return;
  throw new InputError(provenance.source, {
    path: 'endpoint.recorded',
    expected: `--trust to read the recording that the file names (the run is not known to be yours: ${origin.why})`,
    found: JSON.stringify(recorded.slice(0, mostShown)),
  });
}

/** Why `--trust` does not do: a key goes to its own provider, or to where the command line says. */
function refusalOf({ baseUrl, apiKeyEnv }: AllowedEndpoint, typed: AllowedEndpoint): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const owner = providers.find((provider) => provider.apiKeyEnv === apiKeyEnv);
  if (owner === undefined)
    return typed.apiKeyEnv === undefined ? `${apiKeyEnv} is no provider's key` : undefined;
  // Without a base URL all of it goes to OpenAI.
  return sameAddress(baseUrl ?? openaiAddress, owner.baseUrl)
    ? undefined
    : `${apiKeyEnv} goes to ${owner.baseUrl} alone`;
}

const openaiAddress = providers.find(({ name }) => name === 'openai')?.baseUrl ?? '';

function parts({
  baseUrl,
  apiKeyEnv,
}: Partial<Record<'baseUrl' | 'apiKeyEnv', string | undefined>>): AllowedEndpoint {
  return defined({ baseUrl, apiKeyEnv });
}

/** Characters of a file's words that are shown. */
const mostShown = 200;

function describe(baseUrl: string | undefined, apiKeyEnv: string | undefined): string {
  const address =
    baseUrl === undefined ? "OpenAI's own" : JSON.stringify(redact(baseUrl).slice(0, mostShown));
  return `${address}${apiKeyEnv === undefined ? '' : ` with the key in ${apiKeyEnv.slice(0, mostShown)}`}`;
}

function sameAddress(first: string, second: string): boolean {
  const normal = (text: string): string =>
    URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : text;
  return normal(first) === normal(second);
}

const listSchema = z.array(z.strictObject({ baseUrl: z.string(), apiKeyEnv: z.string().optional() }));

/** Whether the user's own list has the address with the variable, or with any where the variable was typed. */
function isListed(context: CliContext, asked: AllowedEndpoint, typed: AllowedEndpoint): boolean {
  const { baseUrl } = asked;
  if (baseUrl === undefined) return false;
  return readList(context).some(
    (entry) =>
      sameAddress(entry.baseUrl, baseUrl) &&
      (typed.apiKeyEnv !== undefined || entry.apiKeyEnv === asked.apiKeyEnv),
  );
}

function readList(context: CliContext): z.infer<typeof listSchema> {
  const home = mixtuneHome(context.env);
  if (home === null) return [];
  const file = join(home, endpointListName);
  const read = readHomeFile(file, othersMay.write);
  if (read === undefined) return [];
  const wrong = (found: string) => new InputError(file, { expected: 'your list of endpoints', found });
  if ('problem' in read) throw wrong(read.problem);
  let list: unknown;
  try {
    list = JSON.parse(read.text);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  return unwrap(parseWith(listSchema, list, file));
}
