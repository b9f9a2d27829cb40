import { describe, expect, it } from 'vitest';
import { idleLimits, limitsOf, parseLimit } from '../../src/cli/limit-flags.ts';

describe('limit options', () => {
  it('reads limits of providers, one option after the other', () => {
    const first = parseLimit('groq:rpm=30,tpm=6k');
    expect(first).toEqual({ groq: { requestsPerMinute: 30, tokensPerMinute: 6_000 } });
    expect(parseLimit('groq:rpm=60, concurrency=2', parseLimit('openai:tpm=2M', first))).toEqual({
      groq: { requestsPerMinute: 60, tokensPerMinute: 6_000, concurrency: 2 },
      openai: { tokensPerMinute: 2_000_000 },
    });
  });

  it('reads limits of models, whose names may hold colons', () => {
    expect(parseLimit('groq/llama3:8b:rpm=30', parseLimit('groq:rpm=60'))).toEqual({
      groq: { requestsPerMinute: 60 },
      'groq/llama3:8b': { requestsPerMinute: 30 },
    });
  });

  it.each([
    ['groq', /such as groq:rpm/],
    ['grok:rpm=3', /Did you mean groq/],
    ['groq:rps=3', /rpm=, tpm= or concurrency=/],
    ['groq:rpm=0', /from 1 up/],
    ['groq:rpm=many', /whole number/],
    ['groq:rpm=3:tpm=4', /provider out of/],
    ['groq:rpm=3,rpm=4', /once, found "rpm=3,rpm=4"/],
    ['groq/:rpm=3', /model of one such as openai\/NAME/],
    ['grok/large:rpm=3', /Did you mean groq/],
  ])('refuses %s', (text, message) => {
    expect(() => parseLimit(text)).toThrow(message);
  });

  it('tells of those that hold for no model', () => {
    const limits = {
      '*': {},
      groq: {},
      'groq/small': {},
      openai: {},
      'groq/smal': {},
      'sim/other-model': {},
    };
    expect(idleLimits(limits, ['groq/small', 'mistral/large'])).toEqual([
      'The limit of openai holds for no model of this run',
      'The limit of groq/smal holds for no model of this run (did you mean groq/small?)',
      'The limit of sim/other-model holds for no model of this run',
    ]);
  });

  it('adds to what was said before', () => {
    const before = { '*': { requestsPerMinute: 10 }, groq: { tokensPerMinute: 5 } };
    expect(limitsOf({})).toBeUndefined();
    expect(limitsOf({}, before)).toEqual(before);
    expect(limitsOf({ tpm: 7, limit: { openai: { concurrency: 1 } } }, before)).toEqual({
      '*': { requestsPerMinute: 10, tokensPerMinute: 7 },
      groq: { tokensPerMinute: 5 },
      openai: { concurrency: 1 },
    });
  });
});
