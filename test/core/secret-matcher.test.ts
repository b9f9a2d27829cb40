import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/core/redact.ts';
import { SecretMatcher } from '../../src/core/secret-matcher.ts';
import { SecretForms } from '../../src/models/secret-mask.ts';
import { timed } from '../support/hostile-texts.ts';
import { runs, thorough } from '../support/thorough.ts';

const key = 'sk-proj_Zebra.meadow~quartz/77+31=';
const code = (character: string): number => character.charCodeAt(0);
const hex = (character: string, digits = 2): string => code(character).toString(16).padStart(digits, '0');
const each = (write: (character: string) => string) => (text: string) => [...text].map(write).join('');

/** Ways in which servers and the gateways before them quote. */
const quoted: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'percent encoding of what must be': encodeURIComponent,
  'percent encoding of everything': each((c) => `%${hex(c)}`),
  'percent encoding in capitals': each((c) => `%${hex(c).toUpperCase()}`),
  'percent encoding of every third': (text) =>
    [...text].map((c, index) => (index % 3 === 0 ? `%${hex(c)}` : c)).join(''),
  'percent encoding twice': each((c) => `%25${hex(c)}`),
  'JSON escapes': each((c) => `\\u${hex(c, 4)}`),
  'JSON escapes in capitals': each((c) => `\\u${hex(c, 4).toUpperCase()}`),
  'JSON escapes, quoted again': (text) => JSON.stringify(each((c) => `\\u${hex(c, 4)}`)(text)).slice(1, -1),
  'JSON with escaped slashes': (text) => text.replaceAll('/', '\\/'),
  'escapes of programs': each((c) => `\\x${hex(c)}`),
  'decimal entities': each((c) => `&#${code(c)};`),
  'hexadecimal entities': each((c) => `&#x${hex(c)};`),
  'named entities': (text) =>
    text.replaceAll('.', '&period;').replaceAll('+', '&plus;').replaceAll('=', '&equals;'),
  'entities of escapes': (text) => each((c) => `\\u${hex(c, 4)}`)(text).replaceAll('\\', '&#92;'),
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'base64 within more': (text) => Buffer.from(`Bearer ${text}, and more`).toString('base64'),
  'base64 in percent encoding': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
};

/** Anything of it that can be told: six characters in a row in this way of writing. */
function traces(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 12) }, (_, at) => text.slice(at, at + 12));
}

describe.each(Object.entries(quoted))('a key quoted %s', (_name, quote) => {
  const text = quote(key);
  // At either end of base64 within more stand characters that are half the neighbour's.
  const inner = text.slice(14, -18);
  const shows = (clean: string): boolean => traces(inner).some((trace) => clean.includes(trace));

  it('is masked in a whole text', () => {
    const clean = new SecretMatcher([key]).clean(`before ${text} after`);
    expect(clean).toMatch(/^before .*\[redacted\].* after$/);
    expect(shows(clean)).toBe(false);
    expect(shows(redact(`before ${text} after`, [key]))).toBe(false);
  });

  it('is masked in a stream, wherever the pieces end', () => {
    const whole = `before ${text} after ${text}`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const mask = new SecretForms([key]).mask();
        let clean = '';
        for (let at = 0, number = 0; at < whole.length; number++) {
          const size = sizes[number % sizes.length] ?? 1;
          clean += mask.push(whole.slice(at, at + size));
          at += size;
        }
        clean += mask.end();
        expect(clean).toContain('[redacted]');
        expect(shows(clean)).toBe(false);
        expect(clean.startsWith('before ')).toBe(true);
        expect(clean).toContain(' after ');
      }),
      { numRuns: runs(25) },
    );
  });

  it('is masked where the text breaks off within it', () => {
    for (let cut = text.length - 1; cut > text.length * 0.8; cut -= 3) {
      expect(shows(redact(`before ${text.slice(0, cut)}`, [key]))).toBe(false);
    }
  });
});

it('text without a key passes a mask unchanged, whatever escapes and ends it has', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('%', '%7', '%70', '\\', '\\u00', '\\u0073', '&', '&#x', '&amp;', 's', 'sk-'),
    ),
  );
  fc.assert(
    fc.property(pieces, (texts) => {
      const mask = new SecretForms([key]).mask();
      expect(texts.map((text) => mask.push(text)).join('') + mask.end()).toBe(texts.join(''));
    }),
  );
});

it('takes linear time', async () => {
  const matcher = new SecretMatcher([key, 'another-key-0123456789']);
  const units = [
    '%',
    '%25',
    '%70',
    '\\',
    '\\u00',
    '&',
    '&#x0',
    '&#0',
    's',
    'sk-proj_Zebra.meadow~quartz/77+31',
  ];
  const { processorMs } = await timed(() => {
    for (const unit of units) {
      const text = unit.repeat(Math.ceil((thorough ? 300_000 : 60_000) / unit.length));
      matcher.clean(text);
      matcher.openEnd(text);
    }
  });
  expect(processorMs).toBeLessThan(10_000);
});
