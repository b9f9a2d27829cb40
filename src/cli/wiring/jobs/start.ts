import { onAbort } from '../../../core/abort.ts';
import { exitCodes, MixtuneError } from '../../../core/errors.ts';
import type { CliContext } from '../../context.ts';
import type { ConfirmOptions } from '../../flags.ts';
import { canAsk, createPrompter } from '../../prompter.ts';

/** What a command is about to take, at most as far as that is known; `usd` is `null` without prices. */
export interface WorstCost {
  readonly calls: number;
  readonly usd: number | null;
}

/** Where prices are unknown calls stand for dollars: so many for one, assumed. */
const callsPerUsd = 1000;

/**
 * Asks whether to start what may take more than an amount, where someone is there to answer.
 * @param signal aborted at Ctrl-C
 * @throws MixtuneError `interrupted` at Ctrl-C
 */
export async function mayStart(
  context: CliContext,
  { calls, usd }: WorstCost,
  { confirmAbove, yes }: ConfirmOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const isAbove = usd === null ? calls > confirmAbove * callsPerUsd : usd > confirmAbove;
  if (yes === true || !isAbove || !canAsk(context)) return true;
  const prompter = createPrompter(context);
  const stopListening = onAbort(signal, prompter.close);
  try {
    const said = await prompter.confirm('Start?');
    if (signal.aborted || prompter.interrupted) throw notStarted();
    if (!said) context.stderr.line('Not started.');
    return said;
  } finally {
    stopListening();
    prompter.close();
  }
}

export function notStarted(): MixtuneError {
  const message = 'Interrupted before the start: no model was called, nothing was spent.';
  return new MixtuneError('interrupted', message, { exitCode: exitCodes.interrupted });
}
