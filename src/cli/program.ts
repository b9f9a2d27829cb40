import { Command, CommanderError } from 'commander';
import { diskFaultOf, exitCodes, MixtuneError, messageOf } from '../core/errors.ts';
import { attachCommands, type CommandCall, type CommandHost } from './command.ts';
import { commands } from './commands.ts';
import { type CliContext, createCliContext, type ProcessContext } from './context.ts';
import { helpLayout } from './help-layout.ts';
import { nameHere } from './other-names.ts';
import { withoutSecrets } from './wiring/secrets.ts';

/** The command line as commander reads it. */
async function createProgram(host: CommandHost): Promise<Command> {
  const { context } = host;
  const program = new Command('mixtune')
    .description('Tunes Mixture-of-Agents systems: a search over whole configurations with a Pareto front.')
    .version(context.version, '-V, --version', 'print the version')
    .exitOverride()
    // What stands behind a command is the command's, also where that has commands of its own.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(oneLine(text, context.argv)),
      getOutHelpWidth: () => context.stdout.look.width,
      getErrHelpWidth: () => context.stderr.look.width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp(helpLayout)
    .addHelpText('after', '\nExample:\n  $ mixtune tune code-challenge');
  await attachCommands(program, commands, host);
  return program;
}

/** Commander's message in mixtune's manner, its suggestion, or where there is none the way to one, on the same line. */
function oneLine(given: string, argv: readonly string[]): string {
  const [said, kind, typed = ''] = /^error: unknown (option|command) '([^']+)'/.exec(given) ?? [];
  const here = kind === 'option' || kind === 'command' ? nameHere(kind, typed, argv) : undefined;
  const text = here === undefined ? given : `${said} (Did you mean ${here}?)`;
  const isUnknown = /^error: unknown command/.test(text) && !text.includes('Did you mean');
  const group = commands.find(({ name }) => name === argv.find((word) => word !== 'help'));
  const pointer = isUnknown
    ? `; mixtune ${group === undefined ? '' : `${group.name} `}--help lists the commands`
    : '';
  return `${text
    .trim()
    .replace(/^error: /, 'mixtune: ')
    // What stands where an address or a variable's name belongs may be a secret.
    .replace(/(option '--(?:base-url|api-key-env|notify)\b[^']*' argument) '.*' is invalid/, '$1 is invalid')
    .replaceAll('\n', ' ')}${pointer}\n`;
}

/** What is done with a command whose line has been read; resolves to the exit code. */
type StartCommand = (call: CommandCall) => Promise<number>;

/** `help tune` as `tune --help`, so that an unknown command behind `help` is one, too. */
function withHelpOption(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'help' || argv.length === 1) return argv;
  const [, ...named] = argv;
  return commands.some(({ name }) => name === named[0]) ? [...named, '--help'] : named;
}

/**
 * Runs one command line and resolves to the exit code: 0 done, 1 failed, 2 bad usage or input, 3 budget
 * too small, 130 interrupted. Never throws, and never ends the process itself.
 *
 * @param start what is done with a command whose line has been read; default: it is run.
 */
export async function runCli(
  process: ProcessContext,
  start: StartCommand = (call) => call.run(),
): Promise<number> {
  const context = createCliContext(process);
  try {
    return await runCommand(context, start);
  } finally {
    context.stdout.flush();
    context.stderr.flush();
  }
}

async function runCommand(context: CliContext, start: StartCommand): Promise<number> {
  const argv = withHelpOption(context.argv);
  let code: number = exitCodes.done;
  const program = await createProgram({
    context,
    call: async (call) => {
      code = await start(call);
    },
  });
  if (argv.length === 0) {
    context.stderr.write(program.helpInformation());
    return exitCodes.badInput;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already said what was wrong; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    return reportError(error, context);
  }
}

/** One clear line on stderr (one for each fault of a file); a stack only when MIXTUNE_DEBUG is set. */
function reportError(error: unknown, context: CliContext): number {
  const atDisk = diskFaultOf(error);
  const known = error instanceof MixtuneError;
  const told = atDisk ?? `${known ? '' : 'unexpected error: '}${messageOf(error)}`;
  context.notice(told);
  if (context.env.MIXTUNE_DEBUG) {
    context.stderr.line(
      withoutSecrets(error instanceof Error ? String(error.stack) : String(error), context.env),
    );
    if (error instanceof Error && error.cause !== undefined)
      context.stderr.line(withoutSecrets(String(error.cause), context.env));
  } else if (!known && atDisk === undefined) {
    context.stderr.line('Set MIXTUNE_DEBUG=1 to see where it came from.');
  }
  return known ? error.exitCode : exitCodes.failed;
}
