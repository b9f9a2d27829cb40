import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';

let run: SmallRun;
let file: string;
beforeAll(async () => {
  // Of this seed the best config is three agents and a ranker.
  run = await makeSmallRun('small', '--seed', '2', '--no-report');
  file = join(run.folder, 'worth.json');
});
afterAll(() => run.remove());

async function mixtune(...line: readonly string[]) {
  const context = testContext([...line, '--runs-dir', run.runsFolder]);
  const code = await runCli(context);
  return { code, out: context.stdout.text, err: context.stderr.text };
}

async function whyWorth(): Promise<unknown> {
  const open = await run.open();
  const { worth } = open.views.why();
  open.close();
  return worth;
}

describe('what each agent adds', () => {
  test('asks only with --worth, keeps what it found, and all commands tell the same', async () => {
    const asked = JSON.parse((await mixtune('answer', 'small', '--json')).out);
    expect(asked.agents).toMatchObject({
      kind: 'found',
      worth: { split: 'holdout', evidence: { fresh: 0 } },
    });
    expect(await whyWorth()).toBeNull();
    expect((await mixtune('show', 'small', '--pruned')).err).toContain('`mixtune answer small --worth`');

    const { code, out } = await mixtune('answer', 'small', '--worth', '--split', 'tuning', '--json');
    const { agents, best } = JSON.parse(out);
    expect({ code, id: agents.worth.id }).toEqual({ code: 0, id: best.id });
    expect(agents.worth.evidence).toMatchObject({ missing: 0, missingCalls: 0 });
    expect(agents.worth.evidence.fresh).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(agents.worth);
    expect(await whyWorth()).toEqual(agents.worth);
    // Equal seeds: the same once more comes to the same.
    expect((await mixtune('answer', 'small', '--worth', '--split', 'tuning', '--json')).out).toBe(out);
    const shown = await mixtune('answer', 'small');
    expect(shown.out).toContain('What each agent adds');
    for (const { name } of agents.worth.agents) expect(shown.out).toContain(name);
    const pruned = JSON.parse((await mixtune('show', 'small', '--pruned', '--json')).out);
    expect(pruned).toMatchObject({ id: best.id, pruned: agents.worth.pruned });
  });

  test('a ceiling without --worth is refused; a damaged file is named, and keeps nobody from the page', async () => {
    const refused = await mixtune('answer', 'small', '--max-calls', '5');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('--worth');
    writeFileSync(file, '{"version":1,"agents":"x"}');
    const damaged = await mixtune('show', 'small', '--pruned');
    expect(damaged).toMatchObject({ code: 2 });
    expect(damaged.err).toContain('worth.json');
    expect(await whyWorth()).toBeNull();
  });
});
