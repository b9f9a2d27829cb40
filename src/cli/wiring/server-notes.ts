import type { RetryEvent } from '../../models/retry.ts';
import { type CliContext, writeLine } from '../context.ts';
import type { ModelStack } from './model-stack.ts';

/** A wait longer than this is explained, in ms. */
const longWaitMs = 10_000;

/** Tells on stderr what is odd of servers, for commands that keep no log. */
export function tellOddities(context: CliContext, stack: ModelStack): void {
  stack.onNote(({ kind, model, text }) => {
    if (kind !== 'dialect') writeLine(context.stderr, `mixtune: ${model}: ${text}`);
  });
}

/** Tells on stderr why a call waits for long. */
export function tellLongWaits(context: CliContext): (event: RetryEvent) => void {
  return ({ request, failure, delayMs }) => {
    if (delayMs <= longWaitMs) return;
    const seconds = Math.round(delayMs / 1000);
    writeLine(context.stderr, `mixtune: ${request.model}: waiting ${seconds} s: ${failure.message}`);
  };
}
