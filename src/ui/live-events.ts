import type { SSEStreamingApi } from 'hono/streaming';
import type { Clock } from '../core/clock.ts';
import type { RunShelf } from './run-shelf.ts';

/** Between two looks at a journal, in ms: what is committed in between is told at once. */
const lookMs = 250;
/** How often a stream that has nothing to tell shows that it lives, in ms. */
const commentMs = 15_000;
/** After which a page that lost the stream asks again, in ms. */
const retryMs = 1_000;

export interface LiveOptions {
  readonly run: string;
  /** The event that the page has heard of last; `undefined`: it has the run from nowhere. */
  readonly from: number | undefined;
  readonly shelf: RunShelf;
  readonly clock: Clock;
  readonly ended: AbortSignal;
}

/**
 * Tells a page what changes in a run until it has gone: at most four times a second, however many events there
 * are, and each time everything since the last. A page that is slow to read hears less often. When the server ends
 * it is told what there is by then, and that nothing more will come.
 */
export async function sendChanges(stream: SSEStreamingApi, options: LiveOptions): Promise<void> {
  const { run, shelf, ended } = options;
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const signal = AbortSignal.any([gone.signal, ended]);
  const release = shelf.watch(run);
  try {
    await stream.write(`retry: ${retryMs}\n\n`);
    await untilRefetch(stream, options, signal);
  } catch {
    // The page has gone, or the run cannot be read any more: whoever asks again is told why.
    if (!signal.aborted) await stream.writeSSE({ event: 'refetch', data: '{}' });
  } finally {
    release();
  }
}

async function untilRefetch(
  stream: SSEStreamingApi,
  { run, from, shelf, clock, ended }: LiveOptions,
  signal: AbortSignal,
): Promise<void> {
  let seen = from;
  let told: { readonly generation: number; readonly working: boolean } | undefined;
  let toldAt = clock.now();
  for (;;) {
    const isLast = ended.aborted;
    const start = clock.now();
    const followed = await shelf.open(run);
    const { seq, generation, working } = followed;
    const isOther = told !== undefined && told.generation !== generation;
    if (seen === undefined || seen > seq || isOther) {
      await stream.writeSSE({ event: 'refetch', data: '{}' });
      return;
    }
    if (seq > seen || working !== told?.working) {
      const data = JSON.stringify(followed.view(seen));
      await stream.writeSSE({ event: 'run', id: String(seq), data });
      seen = seq;
      told = { generation, working };
      toldAt = clock.now();
    } else if (clock.now() - toldAt >= commentMs) {
      await stream.write(': still here\n\n');
      toldAt = clock.now();
    }
    if (isLast) {
      await stream.writeSSE({ event: 'end', data: '{}' });
      return;
    }
    // A run so large that looking takes long is looked at more seldom, and costs a quarter of a processor at most.
    await clock.sleep(Math.max(lookMs, 3 * (clock.now() - start)), signal).catch(() => undefined);
    if (signal.aborted && !ended.aborted) return;
  }
}
