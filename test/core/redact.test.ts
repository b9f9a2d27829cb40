import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/core/redact.ts';

describe('redact', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-abcdef1234567890.', 'sk-proj-abcdef'],
    ['Incorrect API key provided: sk-ab******cdef', 'cdef'],
    ['key gsk_ABCDEFGH12345678 is wrong', 'ABCDEFGH'],
    ['csk-abcdefgh12345678', 'abcdefgh'],
    ['Authorization: Bearer abc.def-ghi_123', 'abc.def'],
    ['{"authorization":"Bearer abcdefghijk"}', 'abcdefghijk'],
    ['GET https://host/v1?api_key=0123456789&x=1', '0123456789'],
    ['x-api-key: 0123456789', '0123456789'],
    ['connect http://user:pass@host/v1', 'pass'],
  ])('masks what looks like a secret: %s', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'the context length is 8192 tokens',
    'use max_completion_tokens with this model',
    'connect ECONNREFUSED http://127.0.0.1:8000/v1',
    'the api key is missing',
    'a password (redis://:PASSWORD@host)',
    'a task-oriented, risk-free disk-based design',
  ])('leaves other text alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('lets no known secret through, wherever it stands', () => {
    const secret = fc.string({ minLength: 4, maxLength: 40 }).filter((text) => !'[redacted]'.includes(text));
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, planted, after) => {
        expect(redact(`${before}${planted}${after}`, [planted])).not.toContain(planted);
      }),
    );
  });

  it('masks a secret that holds another one in full', () => {
    expect(redact('abcdef-long', ['abcdef', 'abcdef-long'])).toBe('[redacted]');
  });

  it.each([
    ['the key Zebra...7731 is spent', 'the key [redacted] is spent'],
    ['provided: Zebr*******7731.', 'provided: [redacted]'],
    ['key Zebra…', 'key [redacted]'],
    ['ends in ••••7731, said the server', 'ends in [redacted], said the server'],
    ['cut off at Zebra.mea', 'cut off at [redacted]'],
    [`as ${Buffer.from('Zebra.meadow.7731').toString('base64')}`, 'as [redacted]'],
    ['and so on... Zebras *** 77', 'and so on... Zebras *** 77'],
  ])('masks what a mask or a cut leaves of a known secret: %s', (text, clean) => {
    expect(redact(text, ['Zebra.meadow.7731'])).toBe(clean);
  });
});
