import { useEffect, useState } from 'preact/hooks';
import type { Loaded } from '../source.ts';

/** What a view has of what it asked for; `null` until an answer is there. */
export function useLoaded<Value>(key: string, load: () => Promise<Loaded<Value>>): Loaded<Value> | null {
  const [state, setState] = useState<{ readonly key: string; readonly loaded: Loaded<Value> } | null>(null);
  // The key says what is asked for.
  useEffect(() => {
    let isWanted = true;
    void load().then((loaded) => {
      if (isWanted) setState({ key, loaded });
    });
    return () => {
      isWanted = false;
    };
  }, [key]);
  return state?.key === key ? state.loaded : null;
}
