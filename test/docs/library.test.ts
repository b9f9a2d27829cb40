import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder('library-page');

const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
const examples = [...page.matchAll(/^## (.+)$|^```ts\n([\s\S]+?)^```$/gm)].reduce<
  { title: string; program: string }[]
>((found, [, title, program]) => {
  if (title !== undefined) found.push({ title, program: '' });
  const last = found.at(-1);
  if (program !== undefined && last !== undefined) last.program = program;
  return found;
}, []);
const little = 'maxEvaluations: 2, finishRepeats: 1, holdoutRepeats: 1,';
const programs = examples.filter(({ program }) => program !== '');

describe('docs/library.md', () => {
  let printed: unknown[][];
  beforeEach(() => {
    printed = [];
    vi.spyOn(console, 'log').mockImplementation((...line: unknown[]) => void printed.push(line));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
  });
  afterEach(() => vi.restoreAllMocks());

  it('has six examples', () => expect(programs).toHaveLength(6));

  it.each(sampled(programs, 3))('$title', async ({ title, program }) => {
    const path = join(folder, `${title.replaceAll(/\W+/g, '-')}.ts`);
    const library = pathToFileURL(join(root, 'src/index.ts')).href;
    const isTest = program.includes("from 'vitest'");
    // A test within a test: its body is played here.
    const played = program
      .replace("'mixtune'", `'${library}'`)
      .replace(/maxEvaluations: \d+,/, thorough ? '$&' : little)
      .replace("import { expect, it } from 'vitest';\n", "import { expect } from 'vitest';\n")
      .replace(/^it\((.+?), async \(\) => \{$/m, 'await (async () => {')
      .replace(/^\}\);$(?![\s\S]*^\}\);$)/m, isTest ? '})();' : '});');
    writeFileSync(path, played);
    await import(/* @vite-ignore */ path);
    if (!isTest) expect(printed.length).toBeGreaterThan(0);
  });
});
