import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const filesUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

/** Of the repository, whole: `src/run/tune.ts`, `test/run/resume*.test.ts`. A page that invents one writes `src/<name>.ts`. */
const paths = /(?<![\w./-])(?:src|docs|test|scripts)\/[\w.*/-]+/g;
const links = /\]\(([^)#\s]+)/g;

function exists(path: string): boolean {
  if (!path.includes('*')) return existsSync(join(root, path));
  const folder = path.slice(0, path.lastIndexOf('/', path.indexOf('*')));
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return existsSync(join(root, folder)) && filesUnder(folder).some((name) => pattern.test(name));
}

/** Paths that a text names and that are not there; a full stop at the end closes the sentence. */
const missingPaths = (text: string): string[] =>
  [...text.matchAll(paths)].map(([path]) => path.replace(/[.*]+$/, '')).filter((path) => !exists(path));

const missingLinks = (page: string, text: string): string[] =>
  [...text.matchAll(links)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target) && !exists(join(dirname(page), target)));

/** The anchor that a heading gets, as GitHub and VitePress make it of plain words. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    anchorOf(title),
  );

/** Links to a heading, of this page or another one, that is not there. */
const missingAnchors = (page: string, text: string, read: (path: string) => string): string[] =>
  [...text.matchAll(/\]\(([\w./-]*\.md)?#([^)\s]+)\)/g)]
    .filter(([, target, anchor = '']) => {
      const there = target === undefined ? text : read(join(dirname(page), target));
      return !anchorsOf(there).includes(anchor);
    })
    .map(([link]) => link);

const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');

const pages = ['README.md', 'CONTRIBUTING.md', ...filesUnder('docs').filter((name) => name.endsWith('.md'))];
const sources = ['src', 'test', 'scripts']
  .flatMap(filesUnder)
  .filter((name) => /\.(tsx?|mjs|py)$/.test(name) && !name.startsWith(join('test', 'docs')));

/** Sources that a comment names by the end of their path: `domain/best.ts`, `world.test.ts`. */
const missingNames = (text: string, known: readonly string[]): string[] => {
  const comments = text.match(/\/\*[\s\S]*?\*\/|\/\/.*/g) ?? [];
  const named = comments.flatMap((comment) => [
    ...comment.matchAll(/(?<![\w/.@<$'-])(?:[\w-]+\/)*[\w-]+(?:\.test|\.bench)?\.tsx?\b/g),
  ]);
  return named.map(([name]) => name).filter((name) => !known.some((path) => `/${path}`.endsWith(`/${name}`)));
};

/** What a page says is in a source and is not: `` `roles` of `src/domain/agent.ts` ``, `` `Spent` (`budget.ts`) ``. */
const missingParts = (text: string, known: readonly string[], read: (path: string) => string): string[] =>
  [...text.matchAll(/`(\w+)`(?: of | in | \()`([\w./-]+\.tsx?)`/g)]
    .filter(([, part, name]) => {
      const named = known.filter((path) => `/${path}`.endsWith(`/${name}`));
      return !named.some((path) => new RegExp(`\\b${part}\\b`).test(read(path)));
    })
    .map(([said]) => said);

describe('what is named exists', () => {
  it('CHANGELOG.md: links', () =>
    expect(missingLinks('CHANGELOG.md', readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))).toEqual([]));

  it.each(pages)('%s: paths and links', (page) => {
    const text = readPage(page);
    expect([...missingPaths(text), ...missingLinks(page, text)]).toEqual([]);
    expect(missingAnchors(page, text, readPage)).toEqual([]);
  });

  it.each(pages)('%s: parts of sources', (page) =>
    expect(missingParts(readPage(page), sources, readPage)).toEqual([]),
  );

  it('pages and tests that sources name', () => {
    const named = sources.flatMap((file) => {
      // Words of prose like `test/control` are no paths; these have an ending.
      const wrong = missingPaths(readFileSync(join(root, file), 'utf8'));
      return wrong.filter((path) => /\.(md|ts|mjs)$/.test(path)).map((path) => `${file}: ${path}`);
    });
    expect(named).toEqual([]);
  });

  it('sources that comments name by the end of their path', () => {
    const known = [...sources, ...filesUnder(join('test', 'docs'))];
    const named = sources.flatMap((file) =>
      missingNames(readPage(file), known).map((name) => `${file}: ${name}`),
    );
    expect(named).toEqual([]);
  });

  it('is checked by what finds a missing one', () => {
    expect(
      missingNames('// As in gone.test.ts and run/best.ts.\ncall("other.ts")', ['src/run/best.ts']),
    ).toEqual(['gone.test.ts']);
    expect(missingPaths('see `src/nothing.ts`, src/run/tune.ts and test/run/resume*.test.ts.')).toEqual([
      'src/nothing.ts',
    ]);
    expect(missingLinks('docs/a.md', '[b](search.md) [c](gone.md) [d](https://x.org/y)')).toEqual([
      'gone.md',
    ]);
    const budget = (): string => 'export interface Spent {}';
    expect(
      missingParts('`Spent` of `src/budget.ts`, `gone` (`budget.ts`)', ['src/budget.ts'], budget),
    ).toEqual(['`gone` (`budget.ts`']);
    const other = (): string => '# C\n\n## How a `loop` ends\n';
    expect(
      missingAnchors(
        'docs/a.md',
        '# A b\n[x](#a-b) [y](#gone) [z](c.md#how-a-loop-ends) [w](c.md#a-b)',
        other,
      ),
    ).toEqual(['](#gone)', '](c.md#a-b)']);
  });
});
