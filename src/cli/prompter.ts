import { createInterface } from 'node:readline';
import { InvalidArgumentError } from 'commander';
import { InputError, MixtuneError } from '../core/errors.ts';
import { wrapText } from '../report/wrap-text.ts';
import type { CliContext } from './context.ts';

/** Asks whoever sits at the terminal, on stderr. */
export interface Prompter {
  /**
   * A line, or `fallback` for an empty one, as `read` makes it; what `read` refuses is told and asked again.
   * @throws MixtuneError `interrupted` where the input ends
   */
  ask<Value>(
    question: string,
    fallback: string | undefined,
    read: (line: string) => Value | Promise<Value>,
  ): Promise<Value>;
  /** True for y or yes; also where the input ends, false. */
  confirm(question: string): Promise<boolean>;
  /** Whether Ctrl-C was typed, which ends the input. */
  readonly interrupted: boolean;
  close(): void;
}

/** Whether somebody is there to answer. */
export function canAsk({ stdin, stderr }: CliContext): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

export function createPrompter(context: CliContext): Prompter {
  const reader = createInterface({ input: context.stdin, output: context.stderr.raw });
  // Lines that come before they are asked for (typed ahead, pasted) wait here.
  const waiting: string[] = [];
  let ended = false;
  let interrupted = false;
  let wake: (() => void) | undefined;
  reader.on('line', (line) => {
    waiting.push(line);
    wake?.();
  });
  // A terminal that is read hands Ctrl-C on as a character.
  reader.once('SIGINT', () => {
    interrupted = true;
    reader.close();
  });
  reader.once('close', () => {
    ended = true;
    wake?.();
  });
  const next = async (question: string): Promise<string | undefined> => {
    const hadEnded = ended;
    // The terminal itself would break inside words; the answer is typed behind the last line.
    const lines = wrapText(question, context.stderr.look.paragraphs).split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) context.stderr.line(line);
    if (ended) context.stderr.line(last);
    else {
      reader.setPrompt(`${last} `);
      reader.prompt();
    }
    while (waiting.length === 0 && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const line = waiting.shift();
    // Ctrl-C leaves the cursor behind the question.
    if (line === undefined && !hadEnded) context.stderr.line('');
    return line?.trim();
  };
  return {
    ask: async (question, fallback, read) => {
      while (true) {
        const line = await next(fallback === undefined ? `${question}:` : `${question} [${fallback}]:`);
        if (line === undefined)
          throw new MixtuneError(
            'interrupted',
            `${interrupted ? 'Interrupted' : 'The input ended'}; nothing was written`,
            { exitCode: 130 },
          );
        const said = line === '' ? fallback : line;
        if (said === undefined) {
          context.stderr.line('  expected an answer (Ctrl-C ends it; nothing was written)');
          continue;
        }
        try {
          return await read(said);
        } catch (error) {
          if (!(error instanceof InputError) && !(error instanceof InvalidArgumentError)) throw error;
          context.stderr.paragraph(`  ${error.message}`);
        }
      }
    },
    confirm: async (question) => /^y(es)?$/i.test((await next(`${question} [y/N]`)) ?? ''),
    get interrupted() {
      return interrupted;
    },
    close: () => reader.close(),
  };
}
