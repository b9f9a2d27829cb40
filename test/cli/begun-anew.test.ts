import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { placeOfRun } from '../../src/cli/wiring/page/run-views.ts';
import { FollowedRun } from '../../src/ui/followed-run.ts';
import { commandContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const cwd = temporaryFolder('begun-anew');
const job = [
  ...['./task', '--models', 'sim/wisp-1b,sim/otter-32b'],
  // One call at a time: kept answers come in the order in which they came.
  ...['--max-evaluations', '6', '--concurrency', '1'],
];

const cli = (...args: string[]) => runLine(args, { cwd });

function grader(body: string): void {
  writeFileSync(join(cwd, 'task/grade.mjs'), `export default ({ answer }) => { ${body} };`);
}

async function follow(run: string): Promise<FollowedRun> {
  const folder = join(cwd, 'runs', run);
  const followed = new FollowedRun(folder, await placeOfRun(commandContext({ cwd }), folder));
  await followed.refresh();
  return followed;
}

/** The two runs differ in their names, their hashes and what was graded when. */
const alike = (text: string): string =>
  text
    .replaceAll('mended', 'clean')
    .split('\n')
    .filter((line) => !line.includes('The best config came in at'))
    .join('\n');

let paused: { code: number; out: string; err: string };
let onlooker: FollowedRun;

beforeAll(async () => {
  mkdirSync(join(cwd, 'task'));
  writeFileSync(
    join(cwd, 'task/task.yaml'),
    'version: 1\nname: sums\ndescription: Add.\ngrader: { name: module, path: grade.mjs }\nanswer: number\n',
  );
  const instances = Array.from({ length: 16 }, (_, n) => ({ id: `q${n}`, input: `${n} + 3?`, gold: n + 3 }));
  writeFileSync(
    join(cwd, 'task/instances.jsonl'),
    instances.map((one) => `${JSON.stringify(one)}\n`).join(''),
  );
  grader('throw new Error("boom")');
  await cli('tune', ...job, '--run', 'mended');
  paused = await cli('status', 'mended');
  onlooker = await follow('mended');
  grader('return (answer.length % 7) / 6');
  expect(await cli('resume', 'mended', '--task', './task')).toMatchObject({ code: 0 });
  expect(await cli('tune', ...job, '--run', 'clean')).toMatchObject({ code: 0 });
});

describe('a run whose search was begun anew', () => {
  it('is told to wait for its owner before', () => {
    expect(paused.out).toContain('stopped; mixtune resume mended goes on with it');
    expect(paused.out).toMatch(/Last logged: .*The grader failed on all of the first 12 answers.*boom/);
  });

  it('has the result of one that had no trouble', () => {
    const read = (run: string, file: string) =>
      JSON.parse(readFileSync(join(cwd, 'runs', run, file), 'utf8'));
    const [mended, clean] = [read('mended', 'front.json'), read('clean', 'front.json')];
    expect(clean.front.length).toBeGreaterThan(0);
    expect(mended).toEqual(clean);
    expect(read('mended', 'best.json').member).toEqual(read('clean', 'best.json').member);
  });

  it.each([['status'], ['answer'], ['front', '--format', 'csv'], ['show', '--json']])(
    'is told by %s as one that had no trouble',
    async (command, ...options) => {
      const told = async (run: string) => {
        const { code, out } = await cli(command, run, ...options);
        return { code, out: alike(out) };
      };
      const clean = await told('clean');
      expect(clean.code).toBe(0);
      expect(await told('mended')).toEqual(clean);
    },
  );

  it.skipIf(!thorough)('is exported, repeated and reproduced', async () => {
    expect(await cli('cache', 'export', '--run', 'mended', '--out', 'mended.jsonl')).toMatchObject({
      code: 0,
    });
    const repeated = await cli('repeat', 'mended.jsonl', '--json', '--task', './task');
    expect(repeated).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(repeated.out)).toMatchObject({ sameFront: true, differences: [] });
    expect(await cli('show', 'mended-repeat')).toMatchObject({ code: 0 });
    expect(await cli('reproduce', 'mended', '--from-cache', '--task', './task')).toMatchObject({ code: 0 });
  });

  it('is shown anew to those who looked on, and nothing of the first search', async () => {
    const { generation } = onlooker;
    expect(onlooker.view().trials.id.length).toBeGreaterThan(0);
    await onlooker.refresh();
    expect(onlooker.generation).toBe(generation + 1);
    const whole = await follow('mended');
    expect({ ...onlooker.view(), head: null }).toEqual({ ...whole.view(), head: null });
    const clean = await follow('clean');
    expect(onlooker.view().trials).toEqual(clean.view().trials);
    for (const followed of [onlooker, whole, clean]) followed.close();
  });
});
