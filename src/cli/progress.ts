import type { Progress } from '../domain/run-result.ts';
import { createColors } from '../report/colors.ts';
import { createLiveBlock } from '../report/live-block.ts';
import { createProgressLines } from '../report/progress-lines.ts';
import type { PointScale } from '../report/view-model.ts';
import { type CliContext, type CliStream, wantsColor, writeLine } from './context.ts';

export interface ProgressDisplay {
  update(progress: Progress): void;
  done(): void;
}

/** One live block in a terminal; plain lines in a pipe, a file or a `dumb` terminal. */
export function showProgress(
  stream: CliStream,
  context: CliContext,
  scale: PointScale | undefined,
): ProgressDisplay {
  if (stream.isTTY === true && context.env.TERM !== 'dumb') {
    return createLiveBlock(stream, {
      clock: context.clock,
      colors: createColors(wantsColor(stream, context.env)),
      ...(scale === undefined ? {} : { scale }),
    });
  }
  return { update: createProgressLines((line) => writeLine(stream, line)), done: () => undefined };
}
