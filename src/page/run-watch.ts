import { joinRunViews } from '../report/view-model/join.ts';
import { type RunView, viewSchema } from '../report/view-model/schema.ts';
import { serverEvents } from './server-events.ts';
import type { Loaded } from './source.ts';

/**
 * `ended`: the server has said that it ends. `refused`: it answers, but not with this run, whose folder is gone, or
 * does not know this page, since it was started anew.
 */
export type Connection = 'live' | 'lost' | 'refused' | 'ended';

export interface WatchOptions {
  /** Told whenever the stream of changes is there, or is not. */
  readonly onConnection: (state: Connection) => void;
  /** Resolves as soon as the page is seen, with a signal that is aborted when it is hidden again. */
  readonly whenShown: () => Promise<AbortSignal>;
  readonly sleep: (ms: number) => Promise<void>;
}

interface RunWatch extends WatchOptions {
  readonly read: () => Promise<Loaded<RunView>>;
  /** The stream of what changes after an event; `undefined`: the server refuses. */
  readonly stream: (seq: number, signal: AbortSignal) => Promise<ReadableStream<Uint8Array> | undefined>;
  readonly onRun: (view: RunView) => void;
  readonly released: AbortSignal;
}

/** Before a stream that broke off is opened anew, in ms: first, and at most. */
const patience = { first: 500, most: 5_000 };

/** Keeps a run up to date until released. A hidden page holds no connection, and goes on where it was. */
export async function watchRun(watch: RunWatch): Promise<void> {
  const { read, onRun, released, whenShown, sleep, onConnection } = watch;
  let wait = patience.first;
  let known: RunView | undefined;
  while (!released.aborted) {
    let isRefused = false;
    const signal = AbortSignal.any([released, await whenShown()]);
    if (known === undefined) {
      const loaded = await read();
      if (loaded.kind === 'here' && !released.aborted) {
        known = loaded.value;
        onRun(known);
      }
    }
    const before: RunView | undefined = known;
    if (before !== undefined) {
      const heard = await followed(before, watch, signal, () => {
        isRefused = true;
      });
      if (heard === 'ended') return onConnection('ended');
      known = heard;
      if (known === undefined || known.seq > before.seq) wait = patience.first;
    }
    if (signal.aborted) continue;
    // Where the run is only to be read anew nothing is lost.
    if (known !== undefined || before === undefined) onConnection(isRefused ? 'refused' : 'lost');
    await sleep(wait);
    wait = Math.min(2 * wait, patience.most);
  }
}

/**
 * Takes in changes until the stream ends; the run as last heard of, or `undefined`: it is to be read anew.
 * `ended`: the server itself ends.
 */
async function followed(
  from: RunView,
  { stream, onRun, onConnection }: RunWatch,
  signal: AbortSignal,
  onRefusal: () => void,
): Promise<RunView | 'ended' | undefined> {
  let known = from;
  try {
    const body = await stream(from.seq, signal);
    if (body === undefined) {
      onRefusal();
      return known;
    }
    onConnection('live');
    for await (const { event, data } of serverEvents(body)) {
      if (signal.aborted) return known;
      if (event === 'end') return 'ended';
      const change = event === 'run' ? (JSON.parse(data) as RunView) : undefined;
      const joined =
        change === undefined || change.schema > viewSchema ? undefined : joinRunViews(known, change);
      if (joined === undefined) return undefined;
      known = joined;
      onRun(known);
    }
  } catch {
    // The connection is gone; what was heard of holds.
  }
  return known;
}
