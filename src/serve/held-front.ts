import type { Front } from './catalogue.ts';

export interface HeldFront {
  /** To be served; counts the requests that its members answer. */
  readonly front: Front;
  /** It is served no more: once its last request has ended, what it was opened with is closed. */
  retire(): Promise<void>;
}

/** Keeps what a front's models need open for as long as requests use them. */
export function holdFront(front: Front, close: () => Promise<void>): HeldFront {
  let users = 0;
  let unused = (): void => undefined;
  const enter = () => {
    users++;
    return () => {
      users--;
      if (users === 0) unused();
    };
  };
  return {
    front: { ...front, enter },
    retire: async () => {
      if (users > 0) {
        await new Promise<void>((resolve) => {
          unused = resolve;
        });
      }
      await close();
    },
  };
}
