import { type Command, Argument as CommanderArgument, Option } from 'commander';
import { exitCodes } from '../core/errors.ts';
import type { CliContext } from './context.ts';

/**
 * An option of a command. Its name on the line follows from its name in the table (`maxCalls`: `--max-calls`);
 * `Value` is what the command gets, always where `Always`, else only where the option was given.
 */
export interface Flag<Value, Always extends boolean = boolean> {
  readonly help: string;
  /** As the value is shown in the help, `<n>`; absent for a switch. */
  readonly placeholder?: string;
  /** @param before what an earlier occurrence of the option came to. */
  parse?(text: string, before?: Value): Value;
  readonly choices?: readonly string[];
  /** Several values: parted by commas, or one at each occurrence; a job file may list them. */
  readonly many?: 'commas' | 'occurrences';
  readonly initial?: Value;
  readonly required?: boolean;
  /** Help of `--no-…`; `only`: there is no other form, and the value is `true` without it. */
  readonly negated?: { readonly help: string; readonly only: boolean };
  /** Never set: it carries the type. */
  readonly always?: Always;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

type ValueOf<F> = F extends Flag<infer Value> ? Value : never;
type AlwaysIn<F extends Flags> = {
  [K in keyof F]: F[K] extends Flag<unknown, infer Always> ? (Always extends true ? K : never) : never;
}[keyof F];

/** What a command with these flags gets. */
export type OptionsOf<F extends Flags> = {
  readonly [K in AlwaysIn<F>]: ValueOf<F[K]>;
} & {
  readonly [K in Exclude<keyof F, AlwaysIn<F>>]?: ValueOf<F[K]>;
};

/** Values of some of these flags, as a file gives them. */
export type SomeOf<F extends Flags> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/** What a command with these flags gets when none is given. */
export function defaultsOf<F extends Flags>(flags: F): Pick<OptionsOf<F>, AlwaysIn<F>> {
  const always = Object.entries<Flag<unknown>>(flags).flatMap(([name, { initial, negated }]) =>
    initial !== undefined ? [[name, initial]] : negated?.only === true ? [[name, true]] : [],
  );
  return Object.fromEntries(always) as Pick<OptionsOf<F>, AlwaysIn<F>>;
}

/** `--json` */
export function on(help: string): Flag<boolean, false> {
  return { help };
}

/** `--no-cache`: true unless given. */
export function off(help: string): Flag<boolean, true> {
  return { help, negated: { help, only: true } };
}

/** `--reflection`, `--no-reflection`: absent where neither was given. */
export function onOrOff(help: string, negatedHelp: string): Flag<boolean, false> {
  return { help, negated: { help: negatedHelp, only: false } };
}

/** `--out <file>` */
export function text(placeholder: string, help: string): Flag<string, false> {
  return { placeholder, help };
}

export function textOr(placeholder: string, help: string, initial: string): Flag<string, true> {
  return { placeholder, help, initial };
}

export function requiredText(placeholder: string, help: string): Flag<string, true> {
  return { placeholder, help, required: true };
}

/** @param parse throws commander's InvalidArgumentError, saying what is expected. */
export function value<Value>(
  placeholder: string,
  help: string,
  parse: (text: string, before?: Value) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse };
}

/** `--models a,b` */
export function list<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse, many: 'commas' };
}

/** `--limit groq:rpm=30 --limit openai:rpm=60` */
export function repeated<Value>(
  placeholder: string,
  help: string,
  parse: (text: string, before?: Value) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse, many: 'occurrences' };
}

export function valueOr<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
  initial: Value,
): Flag<Value, true> {
  return { placeholder, help, parse, initial };
}

export function requiredValue<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
): Flag<Value, true> {
  return { placeholder, help, parse, required: true };
}

export function choice<const Choice extends string>(
  placeholder: string,
  help: string,
  choices: readonly Choice[],
): Flag<Choice, false> {
  return { placeholder, help, choices };
}

export function choiceOr<const Choice extends string>(
  placeholder: string,
  help: string,
  choices: readonly Choice[],
  initial: NoInfer<Choice>,
): Flag<Choice, true> {
  return { placeholder, help, choices, initial };
}

/** What stands on the line without a dash; `Value` is what the command gets. */
export interface Argument<Value> {
  /** `<run>`, `[which]` or `<config...>`, as commander reads it. */
  readonly syntax: string;
  readonly help: string;
  readonly initial?: Value;
}

export function argument(name: string, help: string): Argument<string> {
  return { syntax: `<${name}>`, help };
}

export function optionalArgument(name: string, help: string): Argument<string | undefined> {
  return { syntax: `[${name}]`, help };
}

export function argumentOr(name: string, help: string, initial: string): Argument<string> {
  return { syntax: `[${name}]`, help, initial };
}

/** One or more. */
export function severalArguments(name: string, help: string): Argument<readonly string[]> {
  return { syntax: `<${name}...>`, help };
}

type Arguments = readonly Argument<unknown>[];
type ValuesOf<A extends Arguments> = {
  readonly [At in keyof A]: A[At] extends Argument<infer Value> ? Value : never;
};

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

/** `maxCalls`: `max-calls` */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A command's options as words of its line, by their names in its table. */
export function optionWords(options: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${kebab(name)}=${value}`],
  );
}

function addFlag(command: Command, name: string, flag: Flag<unknown>): void {
  const { placeholder, help, parse, choices, initial, required, negated } = flag;
  if (negated?.only !== true) {
    const option = new Option(`--${kebab(name)}${placeholder === undefined ? '' : ` ${placeholder}`}`, help);
    if (parse !== undefined) option.argParser(flag.many === 'commas' ? joining(parse) : parse);
    if (choices !== undefined) option.choices(choices);
    if (initial !== undefined) option.default(initial);
    command.addOption(option.makeOptionMandatory(required === true));
  }
  if (negated !== undefined) command.addOption(new Option(`--no-${kebab(name)}`, negated.help));
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
