import { join } from 'node:path';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { beforeAll, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { serverEvents } from '../../src/page/server-events.ts';
import { joinRunViews } from '../../src/report/view-model/join.ts';
import type { RunView } from '../../src/report/view-model/schema.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { sendChanges } from '../../src/ui/live-events.ts';
import { RunShelf } from '../../src/ui/run-shelf.ts';
import { longRunEvents } from '../bench/support/journal-events.ts';
import { worldManifest } from '../run/world-manifest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('busy-run');
});

/** A clock that stands still but for those who sleep: what they wait for happens first. */
function steppedClock(onSleep: (now: number, ms: number) => void): Clock {
  let now = 0;
  return {
    kind: 'virtual',
    now: () => now,
    sleep: async (ms) => {
      onSleep(now, ms);
      now += ms;
    },
    after: () => () => undefined,
    external: (work) => work(),
    turn: async () => undefined,
  };
}

it('a journal fed 500 events a second is told four times a second, each time all that is new, and nothing is lost', async () => {
  const seconds = thorough ? 20 : 6;
  const manifest = worldManifest('busy');
  const place = { manifest, task: undefined, scale: undefined, extractAnswer: () => null };
  const journal = openSqliteJournal(join(await createRunFolder(folder, 'busy', manifest), 'journal.sqlite'), {
    flush: 'never',
  });
  const waiting = longRunEvents(2_000)[Symbol.iterator]();
  let fed = 0;
  const feed = (count: number): void => {
    for (let left = count; left > 0; left--) {
      const event = waiting.next();
      if (event.done === true) break;
      journal.append(event.value);
      fed++;
    }
    journal.commit();
  };
  feed(1);
  const ended = new AbortController();
  let debt = 0;
  const clock = steppedClock((now, ms) => {
    // What is committed while the server waits, a commit each 20 ms.
    for (debt += (ms * 500) / 1000; debt >= 10; debt -= 10) feed(10);
    if (now + ms >= seconds * 1000) ended.abort();
  });
  const shelf = new RunShelf({ runsFolder: folder, version: '0', placeOf: async () => place });
  const first = JSON.parse(JSON.stringify((await shelf.open('busy')).view())) as RunView;
  const app = new Hono().get('/', (context) =>
    streamSSE(context, (stream) =>
      sendChanges(stream, { run: 'busy', from: first.seq, shelf, clock, ended: ended.signal }),
    ),
  );
  const { body } = await app.request('/');
  if (body === null) throw new Error('no stream');
  let view = first;
  let told = 0;
  let last = '';
  for await (const { event, data } of serverEvents(body)) {
    last = event;
    if (event !== 'run') continue;
    told++;
    const joined = joinRunViews(view, JSON.parse(data) as RunView);
    if (joined === undefined) throw new Error('a change does not follow on what was told before');
    view = joined;
  }
  expect(last).toBe('end');
  expect(fed).toBeGreaterThan(0.95 * 500 * seconds);
  // One for each look, and the one at the end.
  expect(told).toBeLessThanOrEqual(4 * seconds + 1);
  expect(told).toBeGreaterThanOrEqual(4 * seconds - 1);
  expect(view.seq).toBe(fed);
  expect(view).toEqual(JSON.parse(JSON.stringify((await shelf.open('busy')).view())));
  journal.close();
  await shelf.close();
});
