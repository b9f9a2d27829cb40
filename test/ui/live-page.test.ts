import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { exitCodes } from '../../src/core/errors.ts';
import { createHttpSource } from '../../src/page/http-source.ts';
import type { Connection } from '../../src/page/run-watch.ts';
import type { RunView } from '../../src/report/view-model/schema.ts';
import { type SimServer, startSimServer } from '../../src/sim/server.ts';
import { testContext } from '../support/cli.ts';
import { type OwnProgram, ownProgram } from '../support/own-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { pageTemplate, startUi } from '../support/ui.ts';

let folder: string;
let own: OwnProgram;
let server: SimServer;
/** For as long no model answers. */
let silence: Promise<void> = Promise.resolve();
beforeAll(async () => {
  folder = temporaryFolder('live-page');
  own = ownProgram(process.cwd());
  const clock = createRealClock();
  const sleep = (ms: number, signal?: AbortSignal) => silence.then(() => clock.sleep(ms, signal));
  server = await startSimServer({ port: 0, seed: 1, clock: { ...clock, sleep }, speedup: 50 });
});
afterAll(async () => {
  own.remove();
  await server.close();
});

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Tunes as a user does, with what the page hears of the run. */
function tune(run: string, ...options: readonly string[]) {
  const context = testContext(
    ['tune', 'contest-math', '--run', run, '--runs-dir', folder, '--no-report', ...options],
    { readPage: async () => pageTemplate, startSelf: own.startSelf },
  );
  const code = runCli(context);
  const address = async (): Promise<{ base: string; token: string }> => {
    for (;;) {
      const [, base, token] = /^Page: (\S+)\/#token=([^/]+)/m.exec(context.stdout.text) ?? [];
      if (base !== undefined && token !== undefined) return { base, token };
      if ((await Promise.race([code, sleep(20)])) !== undefined) throw new Error(context.stderr.text);
    }
  };
  return { context, code, address };
}

/** What a tab hears of a run until it hears no more. */
async function watched({ base, token }: { base: string; token: string }, run: string) {
  const seen: RunView[] = [];
  const states: Connection[] = [];
  const source = createHttpSource({
    ...{ base, token, sleep },
    onConnection: (state) => states.push(state),
    whenShown: async () => new AbortController().signal,
  });
  source.watch?.(run, (view) => seen.push(view));
  return { source, seen, states };
}

const small = ['--instances', '4', '--finish-repeats', '1', '--holdout-repeats', '0'];

const simulated = ['--models', 'sim/finch-3b,sim/sage-70b', '--max-evaluations', '4'];

describe('tune --ui', () => {
  it.skipIf(!thorough)(
    'shows the run from its start to its end, says that the server ends, and ends with the run',
    async () => {
      // Else the run may be over, and its page with it, before anybody looks.
      let speak: () => void = () => undefined;
      silence = new Promise((resolve) => {
        speak = resolve;
      });
      const served = [
        '--base-url',
        server.url,
        '--models',
        'finch-3b,sage-70b',
        '--concurrency',
        '2',
        '--yes',
      ];
      const ui = ['--ui', '--strategy', 'random', '--no-cache'];
      const { context, code, address } = tune('shown', ...ui, ...small, ...served, '--max-evaluations', '5');
      const at = await address();
      const { seen, states } = await watched(at, 'shown');
      while (!states.includes('live')) await sleep(20);
      speak();
      expect(await code).toBe(exitCodes.done);
      while (states.at(-1) !== 'ended') await sleep(20);
      expect(seen.at(-1)?.head).toMatchObject({ run: 'shown', state: 'done', evaluations: 5 });
      await expect(fetch(at.base)).rejects.toThrow();
      expect(context.stdout.text.match(/^Page: /gm)).toHaveLength(1);
    },
  );

  it.skipIf(!thorough)('keeps the page until Ctrl-C where that was asked for', async () => {
    const { context, code, address } = tune(
      'stays',
      '--ui-stay',
      '--strategy',
      'random',
      ...small,
      ...simulated,
    );
    const at = await address();
    while (!context.stdout.text.includes('its page stays')) await sleep(20);
    const { source } = await watched(at, 'stays');
    expect(await source.run('stays')).toMatchObject({ kind: 'here', value: { head: { state: 'done' } } });
    context.interrupt();
    expect(await code).toBe(exitCodes.done);
    await expect(fetch(at.base)).rejects.toThrow();
  });

  it('says what is missing where there is no page, and starts nothing', async () => {
    const context = testContext(['tune', 'contest-math', '--ui', '--run', 'none', '--runs-dir', folder]);
    expect(await runCli(context)).toBe(exitCodes.failed);
    expect(context.stderr.text).toContain('npm run build');
  });
});

describe('the button Stop', () => {
  it.skipIf(!thorough)(
    'has the process of a run save its state and end; a second press finds nothing',
    async () => {
      const models = [
        '--base-url',
        server.url,
        '--models',
        'finch-3b,sage-70b',
        '--max-calls',
        '100000',
        '--yes',
      ];
      // In a process of its own, since it gets a signal.
      const child = own.startSelf([
        'tune',
        'contest-math',
        '--run',
        'stopped',
        '--runs-dir',
        folder,
        ...models,
      ]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const ui = await startUi(folder);
      try {
        const { source, seen } = await watched(ui, 'stopped');
        while ((seen.at(-1)?.head.spent.calls ?? 0) < 10) await sleep(20);
        expect(seen.at(-1)?.head.state).toBe('working');
        expect(await source.stop?.('stopped')).toBeNull();
        expect(await ended).toBe(exitCodes.interrupted);
        while (seen.at(-1)?.head.state !== 'stopped') await sleep(20);
        expect(await source.stop?.('stopped')).toContain('No process works');
      } finally {
        await ui.close();
      }
    },
  );
});
