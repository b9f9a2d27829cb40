import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/core/suggest.ts';

const candidates = ['temperature', 'topP', 'maxTokens', 'samples', 'prompt'];

describe('suggest', () => {
  it.each([
    ['temprature', 'temperature'],
    ['Temperature', 'temperature'],
    ['max_tokens', 'maxTokens'],
    ['sample', 'samples'],
    ['temp', 'temperature'],
    ['topK', 'topP'],
    ['tpoP', 'topP'],
    ['sapmles', 'samples'],
    ['xylophone', undefined],
    ['', undefined],
    ['te', undefined],
  ])('%s → %s', (word, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });

  it.each([
    ['tickets-3', ['tickets-0001', 'tickets-0003', 'tickets-0030'], 'tickets-0003'],
    ['t-00030', ['t-3', 't-30'], 't-30'],
    ['text', ['id', 'ticket text'], 'ticket text'],
    ['text', ['ticket text', 'reply_text'], undefined],
  ])('%s out of %j → %s', (word, names, expected) => {
    expect(suggest(word, names)).toBe(expected);
  });

  it('has nothing to say without candidates', () => {
    expect(suggest('word', [])).toBeUndefined();
  });

  it('finds every candidate by itself and with one letter lost', () => {
    fc.assert(
      fc.property(fc.constantFrom(...candidates), fc.nat(), (word, position) => {
        const at = position % word.length;
        expect(suggest(word, candidates)).toBe(word);
        expect(suggest(word.slice(0, at) + word.slice(at + 1), candidates)).toBe(word);
      }),
    );
  });

  it('only ever names a candidate', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (word, names) => {
        const name = suggest(word, names);
        if (name !== undefined) expect(names).toContain(name);
      }),
    );
  });
});
