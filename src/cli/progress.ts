import type { RehearsalProgress } from '../analysis/rehearse/index.ts';
import { defined } from '../core/defined.ts';
import type { Progress } from '../domain/run-result.ts';
import type { PointScale } from '../report/front-columns.ts';
import { createLiveBlock, type ExpectedEnd } from '../report/live-block.ts';
import { createProgressLines, rehearsalLine } from '../report/progress-lines.ts';
import type { CliContext } from './context.ts';
import type { CliStream } from './output.ts';

export interface ProgressDisplay {
  update(progress: Progress): void;
  done(): void;
}

/** A display that can be told something of its own, shown at once and among the run's notices from then on. */
export interface NotedDisplay extends ProgressDisplay {
  note(text: string): void;
}

/**
 * Lets notes be put among a run's notices, each at the place where it came up, so that their order stays.
 * @param tell of a note before the first progress, which may never come
 */
export function withNote(display: ProgressDisplay, tell: (line: string) => void): NotedDisplay {
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
      if (last === undefined) return tell(`notice: ${text}`);
      if (notes.some((known) => known.text === text)) return;
      notes.push({ text, at: last.notices.length });
      if (!done) show(last);
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

/** Says in a terminal what is being done while it is. */
export async function showWhile<Value>(
  context: CliContext,
  text: string,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  const meanwhile = showMeanwhile(context.stderr, context);
  meanwhile(text);
  try {
    return await work();
  } finally {
    meanwhile(undefined);
  }
}

/** Wall seconds between two lines outside of a terminal, at least. */
const leastBetween = 10;

/** How far something is, step by step: a line that is kept up to date in a terminal, one now and then elsewhere. */
export function showSteps(stream: CliStream, context: CliContext): (text: string | undefined) => void {
  if (stream.isTTY === true && context.env.TERM !== 'dumb') return showMeanwhile(stream, context);
  const { clock } = context;
  let saidAt = clock.now();
  return (text) => {
    if (text === undefined || clock.now() - saidAt < leastBetween * 1000) return;
    saidAt = clock.now();
    stream.line(text);
  };
}

/**
 * How far a rehearsal is: a line that is kept up to date in a terminal; elsewhere, of one that takes longer than ten
 * seconds, a line at each tenth.
 */
export function showRehearsal(
  stream: CliStream,
  context: CliContext,
): { update(progress: RehearsalProgress): void; done(): void } {
  const { clock } = context;
  const isLive = stream.isTTY === true && context.env.TERM !== 'dumb';
  const meanwhile = showMeanwhile(stream, context);
  meanwhile('Rehearsing …');
  const began = clock.now();
  let saidAt = isLive ? Number.NEGATIVE_INFINITY : began;
  let saidOf: string | undefined;
  let tenths = -1;
  return {
    update(progress) {
      const now = clock.now();
      const of = `${progress.rehearsal} ${progress.concurrency}`;
      if (isLive ? of === saidOf && now - saidAt < 1000 : now - saidAt < leastBetween * 1000) return;
      if (!isLive && Math.floor(progress.share * 10) === tenths) return;
      tenths = Math.floor(progress.share * 10);
      [saidAt, saidOf] = [now, of];
      (isLive ? meanwhile : (line: string) => stream.line(line))(
        rehearsalLine(progress, (now - began) / 1000),
      );
    },
    done: () => meanwhile(undefined),
  };
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
