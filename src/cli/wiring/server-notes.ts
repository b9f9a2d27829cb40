import { type CliContext, writeLine } from '../context.ts';
import type { ModelStack } from './model-stack.ts';
import { withoutSecrets } from './secrets.ts';

/** Tells on stderr what is odd of servers, for commands that keep no log. */
export function tellOddities(context: CliContext, stack: ModelStack): void {
  const tell = noticesOn(context);
  stack.onNote(({ kind, model, text }) => {
    if (kind !== 'dialect') tell(`${model}: ${text}`);
  });
}

/** Tells on stderr what a call desk has to say: why calls wait for long, which models stopped answering. */
export function noticesOn(context: CliContext): (notice: string) => void {
  return (notice) => writeLine(context.stderr, `mixtune: ${withoutSecrets(notice, context.env)}`);
}
