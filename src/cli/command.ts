import { type Command, Argument as CommanderArgument, Option } from 'commander';
import { exitCodes } from '../core/errors.ts';
import { kebabCase } from '../core/kebab-case.ts';
import type { Arguments, Flag, Flags, OptionsOf, ValuesOf } from './command-line.ts';
import type { CliContext } from './context.ts';
import { parseDuration } from './option-values.ts';

/** All of a command: how its line is read, its help, and what it does. */
export interface CommandSpec<A extends Arguments, F extends Flags> {
  /** The help's first paragraph. */
  readonly description: string;
  readonly arguments?: A;
  readonly flags?: F;
  readonly examples: readonly string[];
  readonly subcommands?: readonly CommandEntry[];
  /**
   * Resolves to the exit code, or to nothing where the command is done; absent where it only holds others.
   * @param typed names of the options that stood on the line, where others have their defaults
   */
  readonly run?: (
    values: ValuesOf<A>,
    options: OptionsOf<F>,
    context: CliContext,
    typed: ReadonlySet<string>,
  ) => Promise<number | undefined> | Promise<void>;
}

/** A command whose line has been read. */
export interface CommandCall {
  /** `tune`, `models probe` */
  readonly name: string;
  /** Of its arguments, in order. */
  readonly values: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly run: () => Promise<number>;
}

/** What commands are attached to. */
export interface CommandHost {
  readonly context: CliContext;
  readonly call: (call: CommandCall) => Promise<void>;
}

export interface CommandDefinition {
  readonly attach: (command: Command, host: CommandHost) => Promise<void>;
}

/** A line of the list of commands: its file is read when the command line names it. */
export interface CommandEntry {
  readonly name: string;
  /** As the list of commands shows it. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: CommandDefinition }>;
}

export function defineCommand<
  const A extends Arguments = readonly [],
  const F extends Flags = Record<never, never>,
>(spec: CommandSpec<A, F>): CommandDefinition {
  return {
    attach: async (command, host) => {
      command.description(spec.description).addHelpText('after', examplesText(spec.examples));
      for (const { syntax, help, initial } of spec.arguments ?? []) {
        const added = new CommanderArgument(syntax, help);
        command.addArgument(initial === undefined ? added : added.default(initial));
      }
      for (const [name, flag] of Object.entries<Flag<unknown>>(spec.flags ?? {}))
        addFlag(command, name, flag);
      if (spec.subcommands !== undefined) {
        // What stands behind a subcommand is the subcommand's.
        command.enablePositionalOptions();
        await attachCommands(command, spec.subcommands, host);
      }
      const { run } = spec;
      if (run === undefined) return;
      const name = command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
      command.action(async (...given: unknown[]) => {
        const values = given.slice(0, -2);
        const options = given.at(-2) as OptionsOf<F>;
        const typed = Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'cli');
        const start = async (): Promise<number> => {
          const code = await run(values as unknown as ValuesOf<A>, options, host.context, new Set(typed));
          return typeof code === 'number' ? code : exitCodes.done;
        };
        await host.call({ name, values, options, run: start });
      });
    },
  };
}

/** Attaches the commands of a list; only the files of those that the command line names are read. */
export async function attachCommands(
  parent: Command,
  entries: readonly CommandEntry[],
  host: CommandHost,
): Promise<void> {
  for (const { name, summary, load } of entries) {
    const command = parent.command(name).summary(summary);
    if (host.context.argv.includes(name)) await (await load()).default.attach(command, host);
  }
}

/** A command's options as words of its line, by their names in its table. */
export function optionWords(options: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${kebabCase(name)}=${value}`],
  );
}

function addFlag(command: Command, name: string, flag: Flag<unknown>): void {
  const { placeholder, help, parse, choices, initial, required, negated } = flag;
  if (negated?.only !== true) {
    const option = new Option(
      `--${kebabCase(name)}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      help,
    );
    if (parse !== undefined) option.argParser(flag.many === 'commas' ? joining(parse) : parse);
    if (choices !== undefined) option.choices(choices);
    if (initial !== undefined) option.default(initial, parse === parseDuration ? `${initial}s` : undefined);
    command.addOption(option.makeOptionMandatory(required === true));
  }
  if (negated !== undefined) command.addOption(new Option(`--no-${kebabCase(name)}`, negated.help));
}

/** `--models a --models b` is `--models a,b`. */
function joining<Value>(parse: (text: string) => Value): (text: string) => Value {
  const texts: string[] = [];
  return (text) => {
    texts.push(text);
    return parse(texts.join(','));
  };
}

function examplesText(lines: readonly string[]): string {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
