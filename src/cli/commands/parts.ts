import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Handlers } from '../handlers.ts';

/** What a command's definition gets: the program to hang on, what to do, and where the exit code goes. */
export interface CommandParts {
  readonly program: Command;
  readonly context: CliContext;
  readonly handlers: Handlers;
  readonly finish: (code: number) => void;
}

export function examples(...lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
