import { describe, expect, it } from 'vitest';
import { readRateLimit } from '../../src/models/openai/rate-limit-headers.ts';

const cases: readonly [string, Record<string, string>, string, unknown][] = [
  [
    "OpenAI's",
    {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '45',
      'x-ratelimit-reset-requests': '15s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '75000',
      'x-ratelimit-reset-tokens': '30s',
    },
    '',
    { requests: { perMinute: 60, left: 0.75 }, tokens: { perMinute: 150_000, left: 0.5 } },
  ],
  [
    "Groq's, whose requests are those of a day",
    {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-tokens': '17997',
      'x-ratelimit-reset-tokens': '7.66s',
    },
    '',
    { tokens: { perMinute: 18_000, left: 17_997 / 18_000 } },
  ],
  [
    "Cerebras's, with the time in the name",
    {
      'x-ratelimit-limit-requests-day': '1000',
      'x-ratelimit-limit-tokens-minute': '60000',
      'x-ratelimit-remaining-tokens-minute': '0',
      'x-ratelimit-reset-tokens-minute': '11.38',
    },
    '',
    { tokens: { perMinute: 60_000, left: 0 } },
  ],
  [
    'a limit without a remainder',
    { 'x-ratelimit-limit-requests': '90' },
    '',
    { requests: { perMinute: 90 } },
  ],
  [
    'a refusal that says which and how much',
    {},
    'Rate limit reached for model `m` on tokens per minute (TPM): Limit 6000, Used 5800, Requested 900.',
    { tokens: { perMinute: 6000 }, exhausted: 'tokens' },
  ],
  [
    'a refusal that only says which',
    { 'x-ratelimit-limit-requests': '60' },
    'You exceeded your RPM quota.',
    { requests: { perMinute: 60 }, exhausted: 'requests' },
  ],
  [
    'headers that do not say of what',
    { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9' },
    '',
    undefined,
  ],
  ['nonsense', { 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-limit-tokens': '0' }, '', undefined],
  ['nothing', {}, 'Too many requests', undefined],
];

describe('readRateLimit', () => {
  it.each(cases)('reads %s', (_name, headers, message, expected) => {
    expect(readRateLimit(new Headers(headers), message)).toEqual(expected);
  });
});
