import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { commandsPage, contextFor } from '../../scripts/commands-doc.ts';
import { attachCommands } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

/** What stands below a heading, up to the next one. */
const sectionOf = (heading: string): string =>
  page.split(new RegExp(`^##+ ${heading}$`, 'im'))[1]?.split(/^##/m)[0] ?? '';

it('docs/commands.md is what the commands say of themselves', async () => {
  const written = await commandsPage();
  expect(page === written, 'docs/commands.md is out of date: `npm run commands-doc` rewrites it').toBe(true);
});

it('tells every option of every command: there, or in the group that it refers to', async () => {
  const names = commands.map(({ name }) => name);
  const program = new Command('mixtune');
  await attachCommands(program, commands, { context: contextFor(names), call: async () => {} });
  const untold = program.commands.flatMap((command) => {
    const section = sectionOf(command.name());
    const groups = [...section.matchAll(/\[(\w+)\]\(#\w+\)(?: \(not ([^)]+)\))?/g)];
    return command.options
      .map(({ long }) => `${long}`)
      .filter((long) => {
        const within = new RegExp(`(?:^|\`)${long}(?:[ \`]|$)`, 'm');
        const inGroup = groups.some(
          ([, group = '', without = '']) => within.test(sectionOf(group)) && !within.test(without),
        );
        const told = section.replaceAll(/\(not [^)]+\)/g, '');
        return !within.test(told) && !inGroup;
      })
      .map((long) => `${command.name()} ${long}`);
  });
  expect(program.commands.length).toBeGreaterThan(25);
  expect(untold).toEqual([]);
});

it('has the usage and an example of every command', () => {
  for (const { name } of commands) {
    const section = sectionOf(name);
    expect(section).toContain(`\`${name}`);
    expect(page).toContain(`\nmixtune ${name}`);
  }
  expect(sectionOf('models probe')).toContain('\nmixtune models probe');
});

it('writes out once what many commands share', () => {
  expect(page.split('\n--base-url <url>')).toHaveLength(2);
  expect(page.split('\n<run> ')).toHaveLength(2);
  expect(page.split('\n--space <name>')).toHaveLength(2);
  expect(sectionOf('rehearse')).toContain('[Job](#job)');
});
