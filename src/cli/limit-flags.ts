import { InvalidArgumentError } from 'commander';
import { defined } from '../core/defined.ts';
import { suggest } from '../core/suggest.ts';
import type { LaneLimits } from '../models/limits/rate-lane/rate-lane.ts';
import { providerNames } from '../models/provider-list.ts';
import { providerOf } from '../models/router.ts';
import type { ProviderLimits } from '../run/calls/traffic.ts';
import { type OptionsOf, repeated, value } from './command-line.ts';
import { parseCallTimeout, parseCountFrom } from './option-values.ts';

const names = { rpm: 'requestsPerMinute', tpm: 'tokensPerMinute', concurrency: 'concurrency' } as const;

/** What each key may do; `rpm` and `tpm` hold for every provider that `limit` does not name. */
export const limitFlags = {
  rpm: value(
    '<n>',
    'requests per minute of each API key (default: announced by the server, or found out)',
    parseCountFrom(1),
  ),
  tpm: value('<n>', 'input and output tokens per minute of each API key, e.g. 200k', parseCountFrom(1)),
  limit: repeated(
    '<name:rpm=…,tpm=…,concurrency=…>',
    'the same for one provider, or one model such as groq/NAME; may be given several times',
    parseLimit,
  ),
  callTimeout: value(
    '<time>',
    'longest that a call may take before it is tried again, e.g. 20s (default: 5m)',
    parseCallTimeout,
  ),
};
export type LimitOptions = OptionsOf<typeof limitFlags>;

/** `groq:rpm=30,tpm=6k,concurrency=4`, or `groq/llama3:8b:rpm=30`, added to those given before. */
export function parseLimit(text: string, before: ProviderLimits = {}): ProviderLimits {
  // Names of models may hold colons.
  const end = text.lastIndexOf(':');
  const [name, list] = [text.slice(0, end), text.slice(end + 1)];
  if (end < 0 || !list.includes('=')) {
    throw new InvalidArgumentError(
      'Expected a provider or a model and its limits, such as groq:rpm=30,tpm=6k or groq/NAME:rpm=30.',
    );
  }
  const provider = providerOf(name);
  if (!providerNames.includes(provider) || (name.includes('/') && name.endsWith('/'))) {
    const meant = suggest(provider, providerNames);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new InvalidArgumentError(
      `Expected a provider out of ${providerNames.join(', ')}, or a model of one such as openai/NAME.${hint}`,
    );
  }
  const parts = list.split(',').map(parseOne);
  const limits: LaneLimits = Object.assign({}, ...parts);
  if (Object.keys(limits).length < parts.length)
    throw new InvalidArgumentError(`Expected each of rpm=, tpm= and concurrency= once, found "${list}".`);
  return { ...before, [name]: { ...before[name], ...limits } };
}

function parseOne(text: string): LaneLimits {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  if (name !== 'rpm' && name !== 'tpm' && name !== 'concurrency') {
    throw new InvalidArgumentError(`Expected rpm=, tpm= or concurrency=, found "${text}".`);
  }
  return { [names[name]]: parseCountFrom(1)(value) };
}

/** What to know of limits of models or providers that are not asked; nothing where each has its own. */
export function idleLimits(limits: ProviderLimits = {}, models: readonly string[]): string[] {
  const providers = models.map(providerOf);
  return Object.keys(limits)
    .filter((name) => name !== '*' && !models.includes(name) && !providers.includes(name))
    .map((name) => {
      const meant = suggest(name, name.includes('/') ? models : providers);
      const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      return `The limit of ${name} holds for no model of this run${hint}`;
    });
}

/** What the options say, on top of what was said before; `undefined` where nothing was ever said. */
export function limitsOf(
  { rpm, tpm, limit }: LimitOptions,
  before?: ProviderLimits,
): ProviderLimits | undefined {
  const all: LaneLimits = {
    ...before?.['*'],
    ...defined({ requestsPerMinute: rpm, tokensPerMinute: tpm }),
  };
  const limits = { ...before, ...limit, ...(Object.keys(all).length === 0 ? {} : { '*': all }) };
  return Object.keys(limits).length === 0 ? undefined : limits;
}
