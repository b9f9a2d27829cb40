import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseBaseUrl,
  parseCount,
  parseDuration,
  parseList,
  parseNotify,
  parseRepeatsFrom,
  parseRunId,
} from '../../src/cli/option-values.ts';

describe('durations', () => {
  test.each([
    ['30s', 30],
    ['90m', 5400],
    ['8h', 28_800],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['500ms', 0.5],
    ['1.5h', 5400],
    ['0', 0],
  ])('%s is %d s', (text, seconds) => expect(parseDuration(text)).toBeCloseTo(seconds, 9));

  test.each(['45', '1.5'])('%j lacks its unit', (text) =>
    expect(() => parseDuration(text)).toThrow(`${text}s, ${text}m or ${text}h?`),
  );

  test.each(['', 's', '8 h', '8x', 'h8', '8hh', '1e3', '-1', 'NaN', '1h-3m', '８h'])('%j is none', (text) =>
    expect(() => parseDuration(text)).toThrow(/Expected a time/),
  );

  test('hours, minutes and seconds add up', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(hours * 3600 + minutes * 60 + seconds);
      }),
    );
  });
});

describe('whom to tell', () => {
  test.each(['https://hooks.example.org/x', 'HTTP://127.0.0.1:1/', 'curl -d @- https://x.example', 'cat >a'])(
    '%j is a command or a webhook',
    (text) => expect(parseNotify(text)).toBe(text),
  );
  test.each(['ftp://x', 'file:///etc/x', 'htps://hooks.example.org', 'ws://x', 'https://'])(
    '%j is neither, and would be run',
    (text) => expect(() => parseNotify(text)).toThrow('begins with http:// or https://'),
  );
});

describe('answers to one question', () => {
  test.each([
    ['1', 1],
    ['10k', 10_000],
  ])('%s is %d', (text, count) => expect(parseRepeatsFrom(1)(text)).toBe(count));
  test.each(['0', '10001', '9007199254740991'])('%s is refused', (text) =>
    expect(() => parseRepeatsFrom(1)(text)).toThrow('Expected a whole number from 1 to 10000.'),
  );
});

describe('counts', () => {
  test.each([
    ['0', 0],
    ['200', 200],
    ['1_000', 1000],
    ['500k', 500_000],
    ['2M', 2_000_000],
    ['2m', 2_000_000],
    ['1.1k', 1100],
    ['1.5B', 1_500_000_000],
  ])('%s is %d', (text, count) => expect(parseCount(text)).toBe(count));

  test.each(['', '1.5', '-1', '1e6', '2T', 'many', '1.0001k', '99999999999999999'])('%j is none', (text) =>
    expect(() => parseCount(text)).toThrow(/Expected a whole number/),
  );
});

test('lists lose blanks and repeats', () => {
  expect(parseList(' a/x, b/y ,a/x')).toEqual(['a/x', 'b/y']);
});

test('a run id never leads out of its folder', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      let id: string;
      try {
        id = parseRunId(text);
      } catch {
        return;
      }
      expect(id).toMatch(/^[\w.-]+$/);
      expect(['.', '..']).not.toContain(id);
    }),
  );
  for (const bad of ['..', '../x', '/x', 'a/../b', '', '.', 'a\\b', 'x\u0000']) {
    expect(() => parseRunId(bad)).toThrow();
  }
});

test.each([
  ['http://127.0.0.1:8080/v1#x', /query or fragment/],
  ['http://127.0.0.1:8080/v1/chat/completions', /before \/chat\/completions/],
  ['http://127.0.0.1:8080/v1/chat/completions/', /before \/chat\/completions/],
])('%s is no base URL', (url, words) => expect(() => parseBaseUrl(url)).toThrow(words));
