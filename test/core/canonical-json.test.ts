import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../src/core/canonical-json.ts';

describe('canonicalJson', () => {
  it.each([
    {
      name: 'sorts keys at every depth',
      value: { b: 1, a: { d: 1, c: 2 } },
      expected: '{"a":{"c":2,"d":1},"b":1}',
    },
    { name: 'leaves out undefined', value: { a: undefined, b: null }, expected: '{"b":null}' },
    { name: 'keeps the order of lists', value: [3, 1, 2], expected: '[3,1,2]' },
    { name: 'writes shortest numbers', value: [1.0, 1e21, 0.1, -0], expected: '[1,1e+21,0.1,0]' },
    // RFC 8785, section 3.2.3: keys sort by UTF-16 code units.
    {
      name: 'sorts by code units',
      value: { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      expected: '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    },
    { name: 'takes plain values', value: 'a"b', expected: '"a\\"b"' },
  ])('$name', ({ value, expected }) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('parses back to the value, and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(withKeysReversed(value))).toBe(text);
        // JSON has no negative zero; JSON.stringify agrees.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([undefined, () => 1])('throws on what has no JSON form: %s', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('throws on %d', (value) => {
    expect(() => canonicalJson({ value })).toThrow();
  });
});

describe('sha256', () => {
  it('hashes text as it is and values by their canonical JSON', () => {
    // FIPS 180-2, example B.1.
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
    expect(sha256({ a: 1 })).not.toBe(sha256({ a: '1' }));
  });
});

function withKeysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysReversed);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, withKeysReversed(inner)]));
}
