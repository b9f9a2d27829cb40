import type { ProcessContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { type TestContext, testContext } from './cli.ts';

/** What a command line comes to: its exit code, and what it wrote to stdout and to stderr. */
export async function outcomeOf(context: TestContext) {
  const code = await runCli(context);
  return { code, out: context.stdout.text, err: context.stderr.text };
}

/** The same of the words of a line. @param line as one text where blanks stand between words alone */
export function runLine(line: string | readonly string[], changes: Partial<ProcessContext> = {}) {
  return outcomeOf(testContext(typeof line === 'string' ? line.split(' ') : line, changes));
}
