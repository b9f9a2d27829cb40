import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { RunsView, RunView } from '../../report/view-model/schema.ts';
import type { Connection } from '../run-watch.ts';
import type { Loaded, Source } from '../source.ts';
import { useLoaded } from './loaded.ts';

/** Of the stream of changes; `null` until there is one, and always in a report. */
export const connection = signal<Connection | null>(null);

/** Resolves as soon as the tab is seen, with a signal that is aborted when it is hidden. */
export async function whenShown(): Promise<AbortSignal> {
  if (document.hidden) await visibilityChange();
  const hidden = new AbortController();
  void visibilityChange().then(() => hidden.abort());
  return hidden.signal;
}

function visibilityChange(): Promise<void> {
  return new Promise((resolve) =>
    document.addEventListener('visibilitychange', () => resolve(), { once: true }),
  );
}

/** A run, kept up to date where its source can do that; `null` until it is there. */
export function useRun(source: Source, run: string): Loaded<RunView> | null {
  const [live, setLive] = useState<RunView | null>(null);
  const loaded = useLoaded(run, () => source.run(run));
  useEffect(() => source.watch?.(run, setLive), [source, run]);
  return live === null ? loaded : { kind: 'here', value: live };
}

/** How often the list of runs is read again, in ms. */
const listMs = 5_000;

/** The list of runs, kept up to date where there may come more. */
export function useRuns(source: Source): Loaded<RunsView> | null {
  const [runs, setRuns] = useState<Loaded<RunsView> | null>(null);
  useEffect(() => {
    let isWanted = true;
    const read = async (): Promise<void> => {
      const loaded = await source.runs();
      if (isWanted) setRuns((before) => (loaded.kind === 'here' || before === null ? loaded : before));
    };
    void read();
    const timer = source.kind === 'http' ? setInterval(() => void (document.hidden || read()), listMs) : 0;
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [source]);
  return runs;
}
