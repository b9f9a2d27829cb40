import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Argument, Command, type Option } from 'commander';
import { attachCommands } from '../src/cli/command.ts';
import { commands } from '../src/cli/commands.ts';
import { createCliContext } from '../src/cli/context.ts';
import { createRealClock } from '../src/core/clock.ts';

/**
 * Writes docs/commands.md from the definitions of all commands: npm run commands-doc. A test compares the page
 * with what this prints.
 */
const page = new URL('../docs/commands.md', import.meta.url);
/** An option that so many commands have, in the same words, stands in one table of its own. */
const shared = 5;
const ofMany = 'Options of many commands';
const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

interface Documented {
  /** `tune`, `models probe` */
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

/** Every command with its file read: `attachCommands` reads those that the line names. */
async function allCommands(): Promise<Documented[]> {
  let names: readonly string[] = commands.map(({ name }) => name);
  for (;;) {
    const found = documented(await programWith(names));
    const all = [...new Set(found.flatMap(({ name }) => name.split(' ')))];
    if (all.length === new Set(names).size) return found;
    names = all;
  }
}

async function programWith(argv: readonly string[]): Promise<Command> {
  const context = createCliContext({
    argv,
    version: '',
    env: {},
    cwd: '',
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: createRealClock(),
    today: () => new Date(0),
    packageFolder: '',
    onInterrupt: () => () => {},
  });
  const program = new Command('mixtune').enablePositionalOptions();
  await attachCommands(program, commands, { context, call: async () => {} });
  return program;
}

function documented(parent: Command, before = ''): Documented[] {
  return parent.commands.flatMap((command) => {
    const name = `${before}${command.name()}`;
    return [{ name, summary: command.summary(), command }, ...documented(command, `${name} `)];
  });
}

/** The lines that stand behind a command's help as `$ mixtune …`. */
function examplesOf(command: Command): string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return [...help.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = '']) => line);
}

/** Text in a table: `<` is no tag where it stands outside of code. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .split('`')
    .map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`');
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function optionHelp({ description, argChoices, defaultValue, mandatory }: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const initial =
    defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : ` (default: ${defaultValue})`;
  return cell(`${description}${choices}${initial}${mandatory ? ' (needed)' : ''}`);
}

const optionRow = (option: Option): string => `| ${code(option.flags)} | ${optionHelp(option)} |`;

function argumentRow(argument: Argument): string {
  const { required, variadic, description, defaultValue } = argument;
  const name = `${argument.name()}${variadic ? '...' : ''}`;
  const initial = (defaultValue ?? '') === '' ? '' : ` (default: ${defaultValue})`;
  return `| ${code(required ? `<${name}>` : `[${name}]`)} | ${cell(`${description}${initial}`)} |`;
}

/** Each row of options with the one place where it is written out. */
function homesOf(all: readonly Documented[]): Map<string, string> {
  const users = new Map<string, string[]>();
  for (const { name, command } of all)
    for (const row of command.options.map(optionRow)) users.set(row, [...(users.get(row) ?? []), name]);
  return new Map(
    [...users].map(([row, names]) => [row, names.length >= shared ? ofMany : (names[0] ?? ofMany)]),
  );
}

/** @param homes where each row of options stands: the command that has it first, or the table of many. */
function section({ name, command }: Documented, homes: ReadonlyMap<string, string>): string {
  const rows = command.options.map((option) => ({ option, row: optionRow(option) }));
  const own = [
    ...command.registeredArguments.map(argumentRow),
    ...rows.filter(({ row }) => homes.get(row) === name).map(({ row }) => row),
  ];
  const elsewhere = rows.filter(({ row }) => homes.get(row) !== name);
  const places = new Set(elsewhere.map(({ row }) => homes.get(row) ?? ofMany));
  const alsoFrom = (place: string): string =>
    elsewhere
      .filter(({ row }) => homes.get(row) === place)
      .map(({ option }) => `\`${option.long}\``)
      .join(', ');
  const examples = examplesOf(command);
  return [
    `${name.includes(' ') ? '###' : '##'} ${name}`,
    cell(command.description()),
    ...(own.length === 0 ? [] : [['| argument or option | |', '|---|---|', ...own].join('\n')]),
    ...[...places].map((place) => `As in [${place}](#${anchor(place)}): ${alsoFrom(place)}.`),
    ...(examples.length === 0 ? [] : [['```sh', ...examples, '```'].join('\n')]),
  ].join('\n\n');
}

/** The page, as Markdown. */
export async function commandsPage(): Promise<string> {
  const all = await allCommands();
  const homes = homesOf(all);
  const common = [...homes].flatMap(([row, home]) => (home === ofMany ? [row] : []));
  return `${[
    '# Commands',
    '<!-- Written by `npm run commands-doc` from the definitions of the commands: change those. -->',
    '`mixtune <command> --help` says the same in the terminal. Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 budget too small, 130 interrupted with the state saved.',
    [
      '| command | does |',
      '|---|---|',
      ...all.map(({ name, summary }) => `| [\`${name}\`](#${anchor(name)}) | ${cell(summary)} |`),
    ].join('\n'),
    `## ${ofMany}`,
    ['| option | |', '|---|---|', ...common.sort()].join('\n'),
    ...all.map((each) => section(each, homes)),
  ].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, await commandsPage());
}
