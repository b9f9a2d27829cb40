import type { CliContext } from '../../context.ts';
import type { ModelStack } from './model-stack.ts';

/** Tells on stderr what is odd of servers, for commands that keep no log. */
export function tellOddities(context: CliContext, stack: ModelStack): void {
  stack.onNote(({ kind, model, text }) => {
    if (kind !== 'dialect') context.notice(`${model}: ${text}`);
  });
}
