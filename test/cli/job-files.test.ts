import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startRecordingServer } from '../support/recording-server.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const quick = '--strategy random --finish-repeats 1 --holdout-repeats 0 --instances 4 --no-report --json';

let folder: string;
beforeAll(async () => {
  folder = temporaryFolder('jobs');
  const rows = ['France,Paris', 'Italy,Rome', 'Peru,Lima', 'Nepal,Kathmandu'];
  await writeFile(join(folder, 'Capital cities.csv'), `country,capital\n${rows.join('\n')}\n`);
});

const cli = (line: string, env: Record<string, string> = {}) =>
  runLine(line, {
    cwd: folder,
    env: { MIXTUNE_HOME: join(folder, 'home'), ...env },
    fetch: globalThis.fetch,
  });

async function write(name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

const manifestOf = async (run: string): Promise<Record<string, Record<string, unknown>>> =>
  JSON.parse(await readFile(join(folder, 'runs', run, 'manifest.json'), 'utf8'));

describe('a job file says what the line would', () => {
  const job = `version: 1
task: contest-math
models: [sim/wisp-1b, sim/heron-8b]
space: small
objectives: [score, tokens]
seed: 7
maxEvaluations: 3
maxTokens: 2M
maxTime: 8h
limit: [ "groq:rpm=30", "openai:tpm=6k" ]
startCells: all
reflection: false
`;
  const line =
    '--models sim/wisp-1b,sim/heron-8b --space small --objectives score,tokens --seed 7 --max-evaluations 3 --max-tokens 2M --max-time 8h --limit groq:rpm=30 --limit openai:tpm=6k --start-cells all --no-reflection';

  test('and what the line says goes before it', async () => {
    await write('job.yaml', job);
    expect(await cli(`tune job.yaml --run by-file ${quick}`)).toMatchObject({ code: 0 });
    expect(await cli(`tune contest-math ${line} --run by-line ${quick}`)).toMatchObject({ code: 0 });
    const [byFile, byLine] = [await manifestOf('by-file'), await manifestOf('by-line')];
    expect({ ...byFile, run: '', command: [] }).toEqual({ ...byLine, run: '', command: [] });
    expect(
      await cli(`tune job.yaml --max-evaluations 2 --models sim/wisp-1b --run both ${quick}`),
    ).toMatchObject({
      code: 0,
    });
    const { settings } = await manifestOf('both');
    expect(settings).toMatchObject({
      seed: 7,
      models: ['sim/wisp-1b'],
      budget: { maxEvaluations: 2, maxTokens: 2_000_000, maxSeconds: 28_800 },
    });
  });

  test.skipIf(!thorough)('rehearse takes it, too', async () => {
    await write('job.yaml', job);
    const { code, out } = await cli('rehearse job.yaml --instances 4 --rehearsals 1 --json');
    expect({ code, task: JSON.parse(out).task }).toEqual({ code: 0, task: 'contest-math' });
  });

  test('data and a grader make the task, which other commands find', async () => {
    const data = 'data: { file: Capital cities.csv, input: country, gold: capital, holdout: 0.25 }';
    const space = 'space: { extends: votes, temperatures: [0], prompts: { single: [Name the capital.] } }';
    await write(
      'capitals.yaml',
      `version: 1\n${data}\ngrader: { name: contains, caseSensitive: true }\n${space}\nmodels: [sim/*]\nmaxEvaluations: 2\n`,
    );
    expect(await cli(`tune capitals.yaml --run capitals ${quick}`)).toMatchObject({ code: 0 });
    const { task, grader, space: used } = await manifestOf('capitals');
    expect(task).toMatchObject({ name: 'capital-cities' });
    expect(grader).toMatchObject({ name: 'contains' });
    expect(used?.file).toMatchObject({ temperatures: [0], prompts: { single: ['Name the capital.'] } });
    expect(await cli('score capitals:best --repeats 1 --json')).toMatchObject({ code: 0 });
  });
});

/** What a file says behind `version: 1`, and what the answer to it holds. */
const faults: readonly (readonly [string, string])[] = [
  ['models: [sim/wisp-1b]', 'job.yaml:1: expected either task or data, and not both'],
  [
    'task: contest-math\ndata: { file: a.csv, input: a, gold: b }',
    'job.yaml:1: expected either task or data, and not both',
  ],
  ['task: contest-math\ngrader: exact', 'job.yaml:3 at grader: expected no grader beside task'],
  ['task: contest-math\nmaxEvaluation: 5', '(did you mean "maxEvaluations"?)'],
  [
    'task: contest-math\nmaxTime: 90',
    'job.yaml:3 at maxTime: expected a time with its unit: 90s, 90m or 90h?, found 90',
  ],
  [
    'task: contest-math\nmaxCalls: many',
    'job.yaml:3 at maxCalls: expected a whole number such as 200, 500k or 2M, found "many"',
  ],
  [
    'task: contest-math\nobjectives: [score, latencies]',
    'job.yaml:3 at objectives: expected some of score, latency, tokens, usd, not latencies. Did you mean latency?',
  ],
  ['task: contest-math\ncache: 1', 'job.yaml:3 at cache: expected true or false, found 1'],
  ['task: contest-math\nracing: fast', 'job.yaml:3 at racing: expected one of'],
  ['task: contest-maths', 'job.yaml:2 at task: expected one of'],
  ['task: contest-math\nmodels: [sim/wisp]', 'job.yaml:3 at models: expected a simulated model'],
  ['task: contest-math\nspace: smal', '(did you mean "small"?)'],
  [
    'task: contest-math\nspace: { extends: small, temperature: [0] }',
    'job.yaml, space:3 at temperature: expected only the keys',
  ],
  ['task: contest-math\nspace: { extends: smal }', 'job.yaml, space:3 at extends: expected a search space'],
  ['task: ../elsewhere', 'job.yaml:2 at task: expected a path'],
  ['task: /etc', 'job.yaml:2 at task: expected a path relative to the file that names it, found "/etc"'],
  [
    'task: contest-math\nprices: way/out.json',
    'job.yaml:3 at prices: expected a path inside the folder of the file that names it',
  ],
  ['task: contest-math\nfrom: [../runs/x]', 'job.yaml:3 at from: expected a path'],
  [
    'data: { file: Capital cities.csv, inptu: country, gold: capital }',
    'at data.inptu: expected only the keys file, input, gold',
  ],
  [
    'data: { file: Capital cities.csv, input: land, gold: capital }',
    'job.yaml:2 at data.input: expected one of the file\'s fields (country, capital), found "land"',
  ],
  [
    'data: { file: Capital cities.csv, input: country, gold: capital }\ngrader: exat',
    'job.yaml:3 at grader: expected one of',
  ],
  [
    'data: { file: Capital cities.csv, input: country, gold: capital }\ngrader: { name: contains, mod: any }\nmodels: [sim/wisp-1b]\nmaxEvaluations: 1',
    'job.yaml:3 at grader.mod: expected only the keys',
  ],
  [
    'data: { file: Capital cities.csv, input: country, gold: capital }\ngrader: { name: executable, command: rm }',
    'job.yaml:3 at grader: expected a grader that is part of mixtune',
  ],
];

test.each(faults)('a fault is told with its place and the way out: %s', async (text, message) => {
  await write('job.yaml', `version: 1\n${text}\n`);
  const elsewhere = temporaryFolder('jobs-other');
  await symlink(elsewhere, join(folder, 'way')).catch(() => undefined);
  await writeFile(join(elsewhere, 'out.json'), '{}');
  const { code, err } = await cli('tune job.yaml');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
});

test('an option beside a plain task is no job', async () => {
  const { code, err } = await cli('tune contest-math --task support-intent');
  expect({ code, err }).toMatchObject({
    code: 2,
    err: expect.stringContaining('--task: expected a job file before it'),
  });
});

describe('what a job file names is a proposal', () => {
  const secret = 'lab-value-0123456789';

  test('an endpoint is used where the line or the own list of endpoints has it, and no key goes there else', async () => {
    const server = await startRecordingServer();
    try {
      server.answer = ['4'];
      const endpoint = `baseUrl: ${server.url}\napiKeyEnv: LAB_KEY`;
      await write(
        'job.yaml',
        `version: 1\ntask: contest-math\nmodels: [a]\nmaxEvaluations: 1\nmaxCalls: 20\n${endpoint}\n`,
      );
      const refused = await cli(`tune job.yaml ${quick}`, {
        LAB_KEY: secret,
        OPENAI_API_KEY: 'openai-0123456789',
      });
      expect(refused).toMatchObject({
        code: 2,
        err: expect.stringContaining(
          `job.yaml:6 at baseUrl: expected --base-url ${server.url} --api-key-env LAB_KEY on the command line, or the endpoint in your endpoints.json`,
        ),
      });
      expect(server.requests).toEqual([]);

      // The address from the line, and so not the file's key.
      const typed = await cli(`tune job.yaml --base-url ${server.url} --run typed ${quick}`, {
        LAB_KEY: secret,
      });
      expect(typed).toMatchObject({ code: 0 });
      expect(JSON.stringify(server.requests)).not.toContain(secret);

      await mkdir(join(folder, 'home'), { recursive: true });
      await writeFile(
        join(folder, 'home', 'endpoints.json'),
        JSON.stringify([{ baseUrl: server.url, apiKeyEnv: 'LAB_KEY' }]),
        { mode: 0o600 },
      );
      server.requests.length = 0;
      expect(await cli(`tune job.yaml --run listed ${quick}`, { LAB_KEY: secret })).toMatchObject({
        code: 0,
      });
      expect(JSON.stringify(server.requests)).toContain(secret);
    } finally {
      await server.close();
    }
  });

  test('what stands where an address belongs is not repeated', async () => {
    await write(
      'job.yaml',
      `version: 1\ntask: contest-math\nbaseUrl: https://me:${secret}@host/v1\napiKeyEnv: ${secret}\n`,
    );
    const { code, err } = await cli('tune job.yaml');
    expect(code).toBe(2);
    expect(err).toContain('job.yaml:3 at baseUrl: expected a URL without user, password, query or fragment');
    expect(err).not.toContain(secret);
  });

  test('a program of the task runs where the line names the task', async () => {
    const task = 'version: 1\nname: own\ndescription: d\ngrader: { name: module, path: grader.mjs }\n';
    await write('own/task.yaml', task);
    await write('own/instances.jsonl', '{"id":"1","input":"a"}\n{"id":"2","input":"b"}\n');
    await write('own/grader.mjs', 'export default () => 1;\n');
    await write('job.yaml', 'version: 1\ntask: ./own\nmodels: [sim/wisp-1b]\nmaxEvaluations: 1\n');
    const refused = await cli(`tune job.yaml ${quick}`);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        `expected --task ${join(folder, 'own')}, if its program may run: nothing but the command line vouches`,
      ),
    });
    expect(await cli(`tune job.yaml --task ./own --run named ${quick}`)).toMatchObject({ code: 0 });
  });
});
