import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

// A grader of the user's own that asks a model which nobody else names.

let cwd: string;
let server: CountingEndpoint;

const asking = `export default async ({ answer, model, repeat, signal }) => {
  const asked = await model.complete(
    {
      model: 'openai/small',
      messages: [{ role: 'user', content: \`How good is this, 0 to 6? \${answer}\` }],
      temperature: 0,
      maxTokens: 50,
      sample: { repeat, index: 0 },
    },
    { signal },
  );
  if (asked.kind !== 'answered') return { unscored: asked.failure.message };
  return Number(asked.response.text.slice(-1)) / 6;
};
`;
const broken = "export default () => { throw new Error('not yet'); };\n";

const cli = (line: string) =>
  runLine(line.split(/ +/), {
    cwd,
    env: { MIXTUNE_HOME: join(cwd, 'home') },
    fetch: globalThis.fetch,
  });

const grader = (text: string) => writeFile(join(cwd, 'tasks', 'rated', 'grade.mjs'), text);
const judged = (): number => server.requests.filter(({ body }) => body.includes('"small"')).length;

async function frontOf(run: string): Promise<FrontFile> {
  return JSON.parse(await readFile(join(cwd, 'runs', run, 'front.json'), 'utf8')) as FrontFile;
}

beforeAll(async () => {
  cwd = temporaryFolder('module-judge');
  server = await startCountingEndpoint();
  const folder = join(cwd, 'tasks', 'rated');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'task.yaml'),
    'version: 1\nname: rated\ndescription: Rate.\nprompt: "{{input}}"\ngrader: { name: module, path: grade.mjs, callsModels: true }\nsplit: { holdout: 0.5, seed: 1 }\nrepeats: 1\n',
  );
  const ids = Array.from({ length: 16 }, (_, index) => `q${index}`);
  await writeFile(
    join(folder, 'instances.jsonl'),
    ids.map((id) => `${JSON.stringify({ id, input: `Question ${id}?`, reference: 'answer 3' })}\n`).join(''),
  );
  await writeFile(
    join(cwd, 'prices.yaml'),
    'checked: 2026-11-22\nmodels:\n  openai/tiny: { input: 3, output: 7 }\n  openai/small: { input: 30, output: 70 }\n',
  );
});
beforeEach(async () => {
  server.requests.length = 0;
  await grader(asking);
});
afterAll(() => server.close());

const tune = (run: string): string =>
  `tune rated --run ${run} --base-url ${server.url} --models tiny --prices prices.yaml --strategy random --max-evaluations 2 --holdout-repeats 2 --no-reflection --no-report --no-cache`;

describe('a run whose grader asks a model of its own choice', () => {
  test('goes on with the prices of the file that it was started with', async () => {
    await grader(broken);
    const stopped = await cli(`${tune('mended')} --max-usd 1`);
    expect(stopped.err).toContain('not yet');
    await grader(asking);
    const resumed = await cli('resume mended --no-report');
    expect(resumed.err).toBe('');
    expect(resumed.code).toBe(0);
    const { ended, spent, grading } = await frontOf('mended');
    expect(ended).toBe('evaluations');
    expect(judged()).toBeGreaterThan(0);
    // 20 tokens in and 10 out each.
    const tiny = server.requests.length - judged();
    expect(spent.usd).toBeCloseTo((tiny * (20 * 3 + 10 * 7) + judged() * (20 * 30 + 10 * 70)) / 1e6, 9);
    expect(grading).toMatchObject({ calls: judged(), tokens: judged() * 30 });
    expect(grading?.usd).toBeCloseTo(judged() * 0.0013, 9);
    expect(resumed.out).toMatch(/^Spent: .*, \$[\d.]+, \$[\d.]+ of it for grading, /m);
  });

  test.skipIf(!thorough)('is measured again at them, within a ceiling on dollars', async () => {
    expect(await cli(tune('made'))).toMatchObject({ code: 0 });
    for (const line of ['reproduce made --repeats 1', 'score made:best --repeats 1']) {
      server.requests.length = 0;
      const { code, err } = await cli(`${line} --max-usd 1 --json`);
      expect([0, 1], err).toContain(code);
      expect(err).not.toMatch(/ceiling/);
      expect(judged()).toBeGreaterThan(0);
    }
  });

  test.skipIf(!thorough)('says beforehand what measuring it again takes, with that model', async () => {
    expect(await cli(tune('told'))).toMatchObject({ code: 0 });
    const { err } = await cli('reproduce told --repeats 24 --json');
    expect(err).toMatch(/calls \([1-9]\d* of them the judge's\), \S+ tokens, \$0\.\d+\./);
  });

  test('keeps the answers of that model, for whoever plays it again without a call', async () => {
    expect(await cli(tune('played'))).toMatchObject({ code: 0 });
    server.requests.length = 0;
    expect(await cli('reproduce played --from-cache')).toMatchObject({ code: 0 });
    expect(server.requests).toEqual([]);
  });

  test('of an earlier version, which kept no prices of it, is still read', async () => {
    expect(await cli(tune('old'))).toMatchObject({ code: 0 });
    const file = join(cwd, 'runs', 'old', 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    delete manifest.models['openai/small'];
    await writeFile(file, JSON.stringify(manifest));
    expect(await cli('resume old --no-report')).toMatchObject({ code: 0 });
    expect(await cli('front old')).toMatchObject({ code: 0 });
  });
});

describe('commands that only grade', () => {
  test('task check asks the models of the server that the line names', async () => {
    const checked = await cli(
      `task check rated --instances 4 --base-url ${server.url} --prices prices.yaml --max-usd 1 --json`,
    );
    const { gold, wrong } = JSON.parse(checked.out);
    expect(gold).toMatchObject({ graded: 4 });
    expect(wrong).toMatchObject({ unscored: 0 });
    expect(judged()).toBeGreaterThan(8);
  });

  test('grade does, too', async () => {
    await writeFile(join(cwd, 'answer.txt'), 'answer 3');
    const { code, out } = await cli(`grade rated answer.txt --instance q0 --base-url ${server.url} --json`);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ scored: true, max: 1 });
    expect(judged()).toBe(1);
  });

  test.each(['task check rated', 'grade rated answer.txt --instance q0'])(
    '%s says what is lacking',
    async (line) => {
      await writeFile(join(cwd, 'answer.txt'), 'answer 3');
      const { code, err } = await cli(line);
      expect(code).toBe(2);
      expect(err).toMatch(/^mixtune: --base-url: expected the address of the server whose models/);
    },
  );

  test('--judge names one of them, which must be there', async () => {
    const at = `--base-url ${server.url}`;
    expect(await cli(`task check rated --instances 2 ${at} --judge openai/nope`)).toMatchObject({ code: 2 });
    expect(judged()).toBe(0);
    const checked = await cli(`task check rated --instances 2 ${at} --judge openai/small --json`);
    expect(JSON.parse(checked.out).wrong).toMatchObject({ unscored: 0 });
  });
});
