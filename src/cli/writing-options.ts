import type { Command } from 'commander';

/** Whether and by whom prompts are written while a run searches. */
export interface WritingOptions {
  /** True with --reflection, false with --no-reflection; absent: on where a writer is named. */
  readonly reflection?: boolean;
  /** The model that writes. */
  readonly promptWriter?: string;
}

export function writingOptions(command: Command): Command {
  return command
    .option('--reflection', 'have a model improve prompts by the answers that lost points')
    .option('--no-reflection', 'never have a model write prompts')
    .option(
      '--prompt-writer <model>',
      'the model that writes prompts, with --reflection (default: the best single model so far)',
    );
}
