import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, type Option } from 'commander';
import { callCeilingFlags } from '../src/cli/ceiling-flags.ts';
import { attachCommands, defineCommand } from '../src/cli/command.ts';
import type { Flags } from '../src/cli/command-line.ts';
import { commands } from '../src/cli/commands.ts';
import { type CliContext, createCliContext } from '../src/cli/context.ts';
import * as flags from '../src/cli/flags.ts';
import { limitFlags } from '../src/cli/limit-flags.ts';
import { createRealClock } from '../src/core/clock.ts';

/**
 * Writes docs/commands.md from the definitions of all commands: npm run commands-doc. A test compares the page
 * with what this prints.
 */
const page = new URL('../docs/commands.md', import.meta.url);
/** An argument that so many commands describe in the same words is described once, above them. */
const sharedBy = 3;
const ofMany = 'Arguments';
const shownExamples = 2;
/** Words of a second example at most. Those of `serve` and `serve key` leave what the page's later lines need when it is played. */
const shortLine = 5;
const fewChoices = 4;
const widest = 28;
const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

/** Options that belong together and that many commands have: written out once, above the commands. */
const groups: readonly { readonly title: string; readonly flags: Flags }[] = [
  { title: 'Endpoint', flags: flags.modelFlags },
  { title: 'Consent', flags: { ...flags.trustFlags, ...flags.insecureFlags } },
  { title: 'Ceilings', flags: callCeilingFlags },
  { title: 'Rates', flags: { ...flags.concurrencyFlags, ...limitFlags } },
  { title: 'Answers', flags: { ...flags.answerFlags, workers: flags.workersFlags.workers } },
  { title: 'Job', flags: { ...flags.jobFlags, ...flags.jobTaskFlags } },
  { title: 'Output', flags: { ...flags.jsonFlags, ...flags.runsFlags } },
];

interface Documented {
  /** `tune`, `models probe` */
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

/** Every command with its file read: `attachCommands` reads those that the line names. */
export async function allCommands(): Promise<Documented[]> {
  let names: readonly string[] = commands.map(({ name }) => name);
  for (;;) {
    const found = documented(await programWith(names));
    const all = [...new Set(found.flatMap(({ name }) => name.split(' ')))];
    if (all.length === new Set(names).size) return found;
    names = all;
  }
}

/** What a command needs to be read; none of it is used. */
export const contextFor = (argv: readonly string[]): CliContext =>
  createCliContext({
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

async function programWith(argv: readonly string[]): Promise<Command> {
  const program = new Command('mixtune').enablePositionalOptions();
  await attachCommands(program, commands, { context: contextFor(argv), call: async () => {} });
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

/** What an example needs that the test which plays the page (test/docs/played.test.ts) has not. */
const needs: readonly { readonly line: RegExp; readonly what: string }[] = [
  { line: /mixtune (?:tune|models probe) .*(?:groq|openai)\//, what: 'a real provider' },
  { line: /--as groq|--format workshop/, what: 'a run of a real provider' },
  { line: /models (?:add-local|pull \S)/, what: 'a download' },
  { line: /rediss?:/, what: 'a Redis server' },
];

function exampleBlock(lines: readonly string[]): string {
  const marked = lines.flatMap((text) => {
    const what = needs.find(({ line }) => line.test(text))?.what;
    return what === undefined ? [] : [{ text: text.replace(/^mixtune /, ''), what }];
  });
  const reasons = [...new Set(marked.map(({ what }) => what))].join(', ');
  const which = marked.length === lines.length ? '' : ` (${marked.map(({ text }) => text).join('; ')})`;
  const mark = `<!-- not played${which}: ${reasons} -->`;
  return [...(marked.length === 0 ? [] : [mark]), '```sh', ...lines, '```'].join('\n');
}

/** Text outside of code: `<` is no tag there. */
const text = (words: string): string =>
  words
    .split('`')
    .map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`');
const code = (words: string): string => `\`${words}\``;

/** What `--help` adds is left out: what stands in brackets or behind a semicolon. */
const brief = (words: string): string => words.replaceAll(/ \([^()]*\)/g, '').split('; ')[0] ?? '';

function optionHelp({ description, argChoices = [], mandatory }: Option): string {
  const choices = argChoices.length === 0 || argChoices.length > fewChoices ? [] : [argChoices.join(', ')];
  const more = [...choices, ...(mandatory ? ['needed'] : [])];
  return `${brief(description)}${more.length === 0 ? '' : ` (${more.join('; ')})`}`;
}

/** What stands on the line, and what it means, as a row of a listing. */
type Row = `${string}\t${string}`;

const optionRow = (option: Option): Row => `${option.flags}\t${optionHelp(option)}`;

/** `<run>`, `[which]` or `<run...>`, with what it is. */
const argumentsOf = (command: Command): { readonly syntax: string; readonly row: Row }[] =>
  command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    const syntax = argument.required ? `<${name}>` : `[${name}]`;
    return { syntax, row: `${syntax}\t${brief(argument.description)}` };
  });

/** Where each row is written out: the title of a group, or the command that has it first. */
type Homes = ReadonlyMap<Row, string>;

async function homesOf(all: readonly Documented[]): Promise<Homes> {
  const homes = new Map<Row, string>();
  for (const { title, flags } of groups) {
    const group = new Command();
    const definition = defineCommand({ description: '', flags, examples: [] });
    await definition.attach(group, { context: contextFor([]), call: async () => {} });
    for (const row of group.options.map(optionRow)) if (!homes.has(row)) homes.set(row, title);
  }
  const rows = all.flatMap(({ name, command }) => argumentsOf(command).map(({ row }) => ({ name, row })));
  for (const { row } of rows)
    if (rows.filter((other) => other.row === row).length >= sharedBy) homes.set(row, ofMany);
  for (const { name, command } of all)
    for (const row of [...argumentsOf(command).map(({ row }) => row), ...command.options.map(optionRow)])
      if (!homes.has(row)) homes.set(row, name);
  return homes;
}

/** `[Ceilings](#ceilings) without `--max-evaluations``, or the few that it has. */
function reference(home: string, options: readonly Option[], homes: Homes): string {
  const names = (of: readonly string[]): string => of.map((name) => `\`${name}\``).join(', ');
  const link = `[${home}](#${anchor(home)})`;
  const had = options
    .filter((option) => homes.get(optionRow(option)) === home)
    .map(({ flags }) => longOf(flags));
  if (!groups.some(({ title }) => title === home)) return `${names(had)} (${link})`;
  const lacking = rowsAt(home, homes)
    .map(longOf)
    .filter((name) => !had.includes(name));
  if (lacking.length === 0) return link;
  return lacking.length < had.length ? `${link} (not ${names(lacking)})` : names(had);
}

const longOf = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? flags;
const rowsAt = (home: string, homes: Homes): Row[] =>
  [...homes].flatMap(([row, at]) => (at === home ? [row] : []));

/** Rows with what they mean one below another, as `--help` shows them. */
function listing(rows: readonly Row[]): string {
  const pairs = rows.map((row) => row.split('\t'));
  const width = Math.min(widest, Math.max(0, ...pairs.map(([flags = '']) => flags.length)));
  const lines = pairs.map(([flags = '', help = '']) => `${flags.padEnd(width)}  ${help}`);
  return lines.length === 0 ? '' : ['```text', ...lines, '```'].join('\n');
}

function section({ name, summary, command }: Documented, homes: Homes): string {
  const usage = [name, ...argumentsOf(command).map(({ syntax }) => syntax)].join(' ');
  const elsewhere = command.options
    .map((option) => homes.get(optionRow(option)) ?? name)
    .filter((home) => home !== name);
  const order = [...groups.map(({ title }) => title), ...homes.values()];
  const others = [...new Set(elsewhere)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const ofOthers = command.commands.map((each) => `mixtune ${name} ${each.name()}`);
  const examples = examplesOf(command)
    .filter((line) => !ofOthers.some((other) => line.startsWith(other)))
    .filter((line, at) => at === 0 || line.split(' ').length <= shortLine)
    .slice(0, shownExamples);
  return [
    `${name.includes(' ') ? '###' : '##'} ${name}`,
    `${code(usage)}: ${text(summary)}.`,
    listing(rowsAt(name, homes)),
    others.length === 0
      ? ''
      : `Also: ${others.map((home) => reference(home, command.options, homes)).join('; ')}.`,
    examples.length === 0 ? '' : exampleBlock(examples),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The page, as Markdown. */
export async function commandsPage(): Promise<string> {
  const all = await allCommands();
  const homes = await homesOf(all);
  return `${[
    '# Commands',
    '<!-- Written by `npm run commands-doc` from the definitions of the commands: change those. -->',
    'Options that many commands share stand first. `mixtune <command> --help` says more: defaults, all values, examples. Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 budget too small, 130 interrupted with the state saved.',
    ...[ofMany, ...groups.map(({ title }) => title)].flatMap((title) => [
      `## ${title}`,
      listing(rowsAt(title, homes)),
    ]),
    ...all.map((each) => section(each, homes)),
  ].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, await commandsPage());
}
