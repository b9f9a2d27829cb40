import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandsPage } from '../../scripts/commands-doc.ts';
import { commands } from '../../src/cli/commands.ts';

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

it('docs/commands.md is what the commands say of themselves', async () => {
  const written = await commandsPage();
  expect(page === written, 'docs/commands.md is out of date: `npm run commands-doc` rewrites it').toBe(true);
});

it('has every command, each with its arguments, options and an example', async () => {
  const written = await commandsPage();
  for (const { name } of commands) {
    const section = written.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section).toContain(`mixtune ${name}`);
  }
  expect(written).toContain('| `<task>` | a name from `mixtune tasks`');
  expect(written).toContain('### models probe');
  expect(written).toMatch(/^## rehearse[\s\S]*?As in \[tune\]\(#tune\): `--space`/m);
});
