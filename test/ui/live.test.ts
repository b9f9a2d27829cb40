import { execFile } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpSource } from '../../src/page/http-source.ts';
import type { RunView } from '../../src/report/view-model/schema.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { worldManifest } from '../run/world-manifest.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { startUi, type UiUnderTest } from '../support/ui.ts';

const evaluations = 12;
let program: string;
let scratch: string;
let ui: UiUnderTest;

beforeAll(async () => {
  program = compiledProgram('test/support/kill-worker.ts');
  scratch = temporaryFolder('ui-live');
  ui = await startUi(scratch);
});
afterAll(async () => {
  await ui.close();
});

/** Works on the run in a process of its own, which kills itself at a paid call. */
function work(folder: string, ...killAt: readonly number[]): Promise<void> {
  const given = [program, folder, String(evaluations), `${folder}.paid`, ...killAt.map(String)];
  return new Promise((resolve) => execFile(process.execPath, given, () => resolve()));
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const sourceOf = (base: () => string, token: () => string) =>
  createHttpSource({
    base: base(),
    token: token(),
    onConnection: () => undefined,
    whenShown: async () => new AbortController().signal,
    sleep,
  });

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

describe('a run that is looked at while it goes on', () => {
  it.skipIf(!thorough)(
    'loses and repeats nothing when its process is killed, and goes on when it is resumed',
    async () => {
      const folder = await createRunFolder(scratch, 'killed', worldManifest('killed'));
      const source = sourceOf(
        () => ui.base,
        () => ui.token,
      );
      const seen: RunView[] = [];
      // Before there is a journal.
      const release = source.watch?.('killed', (view) => seen.push(view));
      for (const killAt of [15, 40]) await work(folder, killAt);
      await until(() => seen.at(-1)?.head.state === 'stopped');
      const atKill = seen.at(-1)?.seq ?? 0;
      await work(folder);
      await until(() => seen.at(-1)?.head.state === 'done');
      release?.();
      const last = seen.at(-1);
      expect(last?.seq).toBeGreaterThan(atKill);
      const whole = await source.run('killed');
      expect({ kind: 'here', value: last }).toEqual(whole);
      // Never back, and each change told once.
      const seqs = seen.map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect(new Set(last?.trials.id).size).toBe(last?.trials.id.length);
    },
  );

  it.skipIf(!thorough)('goes on at the same event after the connection broke', async () => {
    const folder = await createRunFolder(scratch, 'broken', worldManifest('broken'));
    await work(folder, 25);
    const before = await sourceOf(
      () => ui.base,
      () => ui.token,
    ).run('broken');
    if (before.kind !== 'here') throw new Error(before.because);
    await work(folder);
    const cut = new AbortController();
    const response = await fetch(`${ui.base}/api/runs/broken/events`, {
      headers: { authorization: `Bearer ${ui.token}`, 'last-event-id': String(before.value.seq) },
      signal: cut.signal,
    });
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('\n\n', text.indexOf('event: run') + 1) || !text.includes('event: run'))
      text += new TextDecoder().decode((await reader?.read())?.value);
    cut.abort();
    const change = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as RunView;
    expect(/^id: (\d+)$/m.exec(text)?.[1]).toBe(String(change.seq));
    expect(change.rows).not.toBeNull();
    expect(change.progressFrom).toBe(before.value.progress.evaluations.length);
  });
});
