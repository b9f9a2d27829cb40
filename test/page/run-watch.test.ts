import { expect, it } from 'vitest';
import { type Connection, watchRun } from '../../src/page/run-watch.ts';
import type { RunView } from '../../src/report/view-model/schema.ts';

it('a server that refuses a run is told apart from one that does not answer', async () => {
  // Of the run only this is looked at.
  const view = { seq: 0 } as RunView;
  const states = async (stream: () => Promise<undefined>): Promise<Connection[]> => {
    const seen: Connection[] = [];
    const released = new AbortController();
    await watchRun({
      ...{ stream, released: released.signal, onRun: () => undefined },
      read: async () => ({ kind: 'here', value: view }),
      onConnection: (state) => seen.push(state),
      whenShown: async () => new AbortController().signal,
      sleep: async () => {
        if (seen.length === 2) released.abort();
      },
    });
    return seen;
  };
  expect(await states(async () => undefined)).toEqual(['refused', 'refused']);
  expect(await states(() => Promise.reject(new Error('no server')))).toEqual(['lost', 'lost']);
});
