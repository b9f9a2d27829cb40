import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { codeBlocksOf, pages, type ShellLine, shellLinesOf } from '../support/doc-lines.ts';
import { DocPlace, DocWorld } from '../support/doc-world.ts';
import { thorough } from '../support/thorough.ts';

const blocks = pages.flatMap(codeBlocksOf);
// What mixtune itself prints is compared by `npm run readme -- --check`.
const lines = blocks.filter(({ language }) => language !== 'text').flatMap(shellLinesOf);
const withLines = pages.filter((page) => lines.some((line) => line.page === page));
const shown = ({ page, line, text }: ShellLine): string => `${page}:${line}: ${text}`;

/** What keeps a line from being read; `undefined` where nothing does. */
async function faultOf(line: ShellLine): Promise<string | undefined> {
  const context = testContext(line.argv);
  let isRead = false;
  const code = await runCli(context, async () => {
    isRead = true;
    return 0;
  });
  return code === 0 && isRead ? undefined : `${shown(line)}: ${context.stderr.text}`;
}

describe('lines of a shell', () => {
  it('are found', () => expect(lines.length).toBeGreaterThan(100));

  it.each(withLines)('of %s have commands, options and values that there are', async (page) => {
    const faults = [];
    for (const line of lines.filter((each) => each.page === page)) faults.push(await faultOf(line));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('are marked in their page where they are not played, and only there', () => {
    const useless = blocks.filter(
      (block) =>
        block.mark?.texts?.some((text) => !shellLinesOf(block).some((line) => line.text.includes(text))) ??
        false,
    );
    expect(useless.map(({ page, line, mark }) => `${page}:${line}: ${mark?.texts}`)).toEqual([]);
  });
});

describe.skipIf(!thorough)('lines of a shell, on simulated models', () => {
  const place = new DocPlace();
  const { fetch } = globalThis;
  // Whatever a page says, nothing is fetched.
  beforeAll(() => {
    vi.stubEnv('npm_config_offline', 'true');
    vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
      const { hostname } = new URL(input instanceof Request ? input.url : input);
      if (hostname !== '127.0.0.1') throw new TypeError(`fetch failed: tests do not ask ${hostname}`);
      return fetch(input, init);
    });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    place.remove();
  });

  it.each(withLines)('of %s end well', async (page) => {
    const world = new DocWorld(place);
    const faults: string[] = [];
    try {
      for (const line of lines.filter((each) => each.page === page)) {
        if (line.notPlayed !== undefined) continue;
        const { code, said } = await world.play(line).catch((error) => ({ code: -1, said: String(error) }));
        if (code !== 0) faults.push(`${shown(line)}\nended with ${code}: ${said}`);
      }
    } finally {
      faults.push(
        ...(await world.end()).filter((code) => code !== 0).map((code) => `a server ended with ${code}`),
      );
    }
    expect(faults).toEqual([]);
  });
});
