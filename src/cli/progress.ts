import { defined } from '../core/defined.ts';
import type { Progress } from '../domain/run-result.ts';
import type { PointScale } from '../report/front-columns.ts';
import { createLiveBlock, type ExpectedEnd } from '../report/live-block.ts';
import { createProgressLines } from '../report/progress-lines.ts';
import type { CliContext } from './context.ts';
import type { CliStream } from './output.ts';

export interface ProgressDisplay {
  update(progress: Progress): void;
  done(): void;
}

/** A display that can be told something of its own, shown among the run's notices from then on. */
export interface NotedDisplay extends ProgressDisplay {
  note(text: string): void;
}

/** Lets one note be put among a run's notices, at the place where it came up, so that their order stays. */
export function withNote(display: ProgressDisplay): NotedDisplay {
  let last: Progress | undefined;
  let done = false;
  const notes: { readonly text: string; readonly at: number }[] = [];
  const show = (progress: Progress): void =>
    display.update(notes.length === 0 ? progress : { ...progress, notices: withNotes(progress.notices) });
  const withNotes = (own: readonly string[]): string[] => {
    const notices: string[] = [];
    let taken = 0;
    for (const { text, at } of notes) {
      notices.push(...own.slice(taken, at), text);
      taken = at;
    }
    return [...notices, ...own.slice(taken)];
  };
  return {
    update(progress) {
      // Calls that a stopped run no longer waits for still end, and what is printed by then must stand.
      if (done) return;
      last = progress;
      show(progress);
    },
    note(text) {
      if (notes.some((known) => known.text === text)) return;
      notes.push({ text, at: last?.notices.length ?? 0 });
      if (last !== undefined && !done) show(last);
    },
    done() {
      done = true;
      display.done();
    },
  };
}

/** One line of a terminal that says what is being done until there is something to show; nothing elsewhere. */
export function showMeanwhile(stream: CliStream, context: CliContext): (text: string | undefined) => void {
  if (stream.isTTY !== true || context.env.TERM === 'dumb') return () => undefined;
  return (text) => stream.raw.write(`\r\u001b[K${text ?? ''}`);
}

/** One live block in a terminal; plain lines in a pipe, a file or a `dumb` terminal. */
export function showProgress(
  stream: CliStream,
  context: CliContext,
  scale: PointScale | undefined,
  expected?: ExpectedEnd,
): ProgressDisplay {
  if (stream.isTTY === true && context.env.TERM !== 'dumb') {
    return createLiveBlock(stream.raw, {
      clock: context.clock,
      colors: stream.look.colors,
      ...defined({ scale, expected }),
    });
  }
  return { update: createProgressLines((line) => stream.line(line)), done: () => undefined };
}
