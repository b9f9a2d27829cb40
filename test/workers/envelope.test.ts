import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterKey, clusterKeyIn, type Place } from '../../src/workers/cluster-key.ts';

const secret = 'a cluster key of more than 32 characters';
const kinds = ['job', 'answer', 'worker', 'run'] as const;
const places: fc.Arbitrary<Place> = fc.record({
  kind: fc.constantFrom(...kinds),
  id: fc.string(),
  where: fc.string(),
});

describe('what goes over the server', () => {
  it('opens where it belongs, with the same key, as it was', () => {
    fc.assert(
      fc.property(places, fc.string({ unit: 'grapheme' }), (place, text) => {
        const opened = new ClusterKey(secret).open(place, new ClusterKey(secret).seal(place, text));
        expect(opened.ok && opened.value.text).toBe(text);
      }),
    );
  });

  it('does not open when a bit of it is another', () => {
    const key = new ClusterKey(secret);
    fc.assert(
      fc.property(places, fc.string(), fc.nat(), fc.nat(7), (place, text, at, bit) => {
        const sealed = Buffer.from(key.seal(place, text), 'base64');
        sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ (1 << bit);
        expect(key.open(place, sealed.toString('base64')).ok).toBe(false);
      }),
    );
  });

  it('does not open when it was cut or lengthened', () => {
    const key = new ClusterKey(secret);
    fc.assert(
      fc.property(places, fc.string(), fc.nat(), fc.uint8Array({ minLength: 1 }), (place, text, at, more) => {
        const sealed = Buffer.from(key.seal(place, text), 'base64');
        const cut = sealed.subarray(0, at % sealed.length);
        expect(key.open(place, cut.toString('base64')).ok).toBe(false);
        expect(key.open(place, Buffer.concat([sealed, more]).toString('base64')).ok).toBe(false);
      }),
    );
  });

  it('does not open in another place', () => {
    const key = new ClusterKey(secret);
    fc.assert(
      fc.property(places, places, (place, other) => {
        fc.pre(JSON.stringify(place) !== JSON.stringify(other));
        expect(key.open(other, key.seal(place, 'text')).ok).toBe(false);
      }),
    );
  });

  it('does not open with another key, nor does any other text', () => {
    const place: Place = { kind: 'job', id: 'a', where: 'b' };
    const sealed = new ClusterKey(secret).seal(place, 'text');
    const other = new ClusterKey(`${secret}, another`);
    expect(other.open(place, sealed).ok).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => !other.open(place, text).ok));
  });

  it('shows nothing of a text, and no two are alike', () => {
    const key = new ClusterKey(secret);
    const place: Place = { kind: 'job', id: 'a', where: 'b' };
    const [one = '', two = ''] = [key.seal(place, 'the prompt'), key.seal(place, 'the prompt')];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64').includes('prompt')).toBe(false);
    const marks = [one, two].map((text) => key.open(place, text)).map((had) => had.ok && had.value.mark);
    expect(new Set(marks).size).toBe(2);
  });

  it('has names that say the same for the same key only', () => {
    const name = new ClusterKey(secret).name(['call', 'x']);
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect(new ClusterKey(secret).name(['call', 'x'])).toBe(name);
    expect(new ClusterKey(`${secret}!`).name(['call', 'x'])).not.toBe(name);
    expect(new ClusterKey(secret).name(['callx'])).not.toBe(new ClusterKey(secret).name(['call', 'x']));
  });

  it.each([
    [{}, 'nothing'],
    [{ MIXTUNE_CLUSTER_KEY: '   ' }, 'nothing'],
    [{ MIXTUNE_CLUSTER_KEY: 'short' }, '5 characters'],
  ])('refuses %o as a key', (env, found) => {
    expect(() => clusterKeyIn(env)).toThrow(
      new RegExp(`^MIXTUNE_CLUSTER_KEY: expected a secret of at least 32 .*found ${found}$`),
    );
  });
});
