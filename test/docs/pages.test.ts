import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('docs/README.md', () => {
  it('lists every page once', () => {
    const listed = [...read('docs/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page]) => page);
    const pages = readdirSync(join(root, 'docs')).filter(
      (name) => /\.md$/.test(name) && name !== 'README.md',
    );
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
    expect(listed.filter((page, at) => listed.indexOf(page) !== at)).toEqual([]);
  });
});

describe('docs/troubleshooting.md', () => {
  const sources = [
    'scripts/mixtune.mjs',
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('src', name)),
  ].map(read);
  const rows = read('docs/troubleshooting.md').matchAll(/^- (`.+?`[^`:]*): /gm);
  const messages = [...rows].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text),
  );

  it('quotes messages', () => expect(messages.length).toBeGreaterThan(30));

  it.each(messages)('mixtune prints: %s', (message = '') => {
    expect(
      sources.some((source) => source.includes(message) || source.includes(message.replaceAll("'", "\\'"))),
    ).toBe(true);
  });
});
