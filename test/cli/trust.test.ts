import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { copyRun } from '../support/copy-run.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

/** Every variable with its own value, so that a header tells which one was sent. */
const keys = {
  AWS_SECRET_ACCESS_KEY: 'aws-value-0123456789',
  OPENAI_API_KEY: 'openai-value-0123456789',
  GROQ_API_KEY: 'groq-value-0123456789',
  LAB_KEY: 'lab-value-0123456789',
};

let folder: string;
let server: RecordingServer;

/** `mine`: the user of these tests; `stranger`: one with another home, whose runs `mine` is handed. */
async function cli(
  line: string,
  { who = 'mine', cwd = join(folder, who), env = {} }: { who?: string; cwd?: string; env?: object } = {},
) {
  const words = line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  return runLine(words, {
    cwd,
    env: { ...keys, MIXTUNE_HOME: join(folder, who, 'home'), ...env },
    fetch: globalThis.fetch,
  });
}

async function writeTask(place: string, grader: string, name = 'capitals'): Promise<void> {
  await mkdir(place, { recursive: true });
  const yaml = `version: 1\nname: ${name}\ndescription: Capitals.\nprompt: "Capital of {{input}}?"\ngrader: ${grader}\nsplit: { holdout: 0.5 }\n`;
  await writeFile(join(place, 'task.yaml'), yaml);
  const rows = [
    ['fr', 'France', 'Paris'],
    ['it', 'Italy', 'Rome'],
  ].map(([id, input, gold]) => `${JSON.stringify({ id, input, gold })}\n`);
  await writeFile(join(place, 'instances.jsonl'), rows.join(''));
}

const small = '--max-evaluations 2 --finish-repeats 1 --holdout-repeats 1 --json';

type Json = Record<string, unknown>;
async function editJson(file: string, edit: (value: Json) => void): Promise<void> {
  const value = JSON.parse(await readFile(file, 'utf8')) as Json;
  edit(value);
  await writeFile(file, JSON.stringify(value));
}

/** The stranger's run as `mine` is handed it: its folder copied, and edited. */
async function handedOver(name: string, edit: (manifest: Json) => void = () => undefined, from = 'stranger') {
  const place = join(folder, 'mine', 'runs', name);
  await rm(place, { recursive: true, force: true });
  copyRun(join(folder, from, 'runs', 'theirs'), place);
  await editJson(join(place, 'manifest.json'), edit);
  // The lock tells the same as the manifest, as a lock of the edited run would.
  const { endpoint, signature, task } = JSON.parse(await readFile(join(place, 'manifest.json'), 'utf8'));
  await editJson(join(place, 'best.json'), (lock) => {
    lock.endpoint = endpoint;
    lock.task = task.name;
    const made = lock.made as Json;
    made.signature = signature;
    made.taskFolder = task.folder;
  });
  return place;
}

const secretsSent = (): string[] =>
  server.requests.flatMap(({ headers, body }) =>
    Object.entries(keys).flatMap(([name, value]) =>
      JSON.stringify([headers, body]).includes(value) ? [name] : [],
    ),
  );

beforeAll(async () => {
  folder = temporaryFolder('trust');
  server = await startRecordingServer();
  for (const who of ['mine', 'stranger'])
    await writeTask(join(folder, who, 'tasks', 'capitals'), '{ name: contains }');
  const tune = `tune capitals --base-url ${server.url} --models a`;
  expect(await cli(`${tune} --run theirs ${small}`, { who: 'stranger' })).toMatchObject({ code: 0 });
  expect(await cli(`${tune} --api-key-env LAB_KEY --run own ${small}`)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await server.close();
});
beforeEach(() => {
  server.requests.length = 0;
  server.answer = ['Paris or Rome'];
});

const commands: readonly (readonly [string, (run: string) => string])[] = [
  ['ask', (run) => `ask ${run} hello --no-cache`],
  ['score', (run) => `score ${run} --no-cache --repeats 1`],
  ['resume', (run) => `resume ${run}`],
  ['reproduce of a run', (run) => `reproduce ${run} --repeats 1`],
  ['reproduce of a lock', (run) => `reproduce ${run}/best.json --repeats 1`],
  ['ask of a lock', (run) => `ask ${run}/best.json hello`],
];

const url = () => server.url;
const tamperings: readonly (readonly [string, (manifest: Json) => void])[] = [
  ['as it was made', () => undefined],
  [
    'with the variable of a secret',
    (m) => (m.endpoint = { baseUrl: url(), apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' }),
  ],
  ["with OpenAI's variable", (m) => (m.endpoint = { baseUrl: url(), apiKeyEnv: 'OPENAI_API_KEY' })],
  ["with another provider's variable", (m) => (m.endpoint = { baseUrl: url(), apiKeyEnv: 'GROQ_API_KEY' })],
  [
    'with a host that is no loopback by name',
    (m) => (m.endpoint = { baseUrl: url().replace('127.0.0.1', '[::ffff:127.0.0.1]') }),
  ],
  [
    'with a signature made up',
    (m) =>
      Object.assign(m, { signature: 'f'.repeat(64), endpoint: { baseUrl: url(), apiKeyEnv: 'LAB_KEY' } }),
  ],
];

describe.each(sampled(commands, 6))('%s', (_name, line) => {
  test.each(sampled(tamperings, 3))('asks nobody on the word of a run %s', async (_how, edit) => {
    const run = await handedOver('handed', edit);
    const { code, err } = await cli(line(run));
    expect(err).toMatch(/^mixtune: \S+ at endpoint: expected .*--base-url.*\n$/);
    expect(err).toContain(new URL(url()).port);
    expect(code).toBe(2);
    expect(server.requests).toEqual([]);
    // Trusted, it is asked, or refused where a key would go out; no key goes.
    await cli(`${line(run)} --trust`);
    expect(secretsSent()).toEqual([]);
  });

  test('goes by what the command says, whatever the file does', async () => {
    const run = await handedOver('handed', (m) => {
      m.endpoint = { baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' };
    });
    await cli(`${line(run)} --base-url ${url()} --api-key-env LAB_KEY`);
    // A finished run has nothing left to ask but what is served.
    expect(server.requests.length).toBeGreaterThan(0);
    expect(new Set(secretsSent())).toEqual(new Set(['LAB_KEY']));
    server.requests.length = 0;
    await cli(`${line(run)} --base-url ${url()}`);
    expect(server.requests.length).toBeGreaterThan(0);
    expect(secretsSent()).toEqual([]);
  });

  test('takes an own run as it is, also from another place, and no longer once it was edited', async () => {
    const place = join(folder, 'mine', 'elsewhere', 'moved');
    await rm(place, { recursive: true, force: true });
    copyRun(join(folder, 'mine', 'runs', 'own'), place);
    const { err } = await cli(line(place));
    expect(err).not.toContain('at endpoint');
    expect(new Set(secretsSent())).toEqual(new Set(['LAB_KEY']));
    server.requests.length = 0;
    const edits: readonly ((value: Json) => void)[] = [
      (value) => Object.assign(value, { endpoint: { baseUrl: url(), apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' } }),
      (value) =>
        Object.assign(value, {
          endpoint: { baseUrl: url().replace('127.0.0.1', 'localhost'), apiKeyEnv: 'LAB_KEY' },
        }),
      (value) => Object.assign(value.made ?? value, { run: 'another' }),
    ];
    for (const edit of edits) {
      copyRun(join(folder, 'mine', 'runs', 'own'), place);
      for (const file of ['manifest.json', 'best.json']) {
        await editJson(join(place, file), edit);
      }
      expect(await cli(line(place))).toMatchObject({
        code: 2,
        err: expect.stringContaining('its signature is not yours'),
      });
      expect(server.requests).toEqual([]);
    }
  });
});

describe('--trust', () => {
  test.each([
    ['AWS_SECRET_ACCESS_KEY', "is no provider's key"],
    ['GROQ_API_KEY', 'goes to https://api.groq.com/openai/v1 alone'],
    ['OPENAI_API_KEY', 'goes to https://api.openai.com/v1 alone'],
  ])('does not send %s', async (apiKeyEnv, why) => {
    const run = await handedOver('handed', (m) => (m.endpoint = { baseUrl: url(), apiKeyEnv }));
    expect(await cli(`ask ${run} hello --trust`)).toMatchObject({
      code: 2,
      err: expect.stringContaining(why),
    });
    expect(server.requests).toEqual([]);
  });

  test('asks an endpoint without a key, also one that is not on this machine', async () => {
    const mapped = url().replace('127.0.0.1', '[::ffff:127.0.0.1]');
    const run = await handedOver('handed', (m) => (m.endpoint = { baseUrl: mapped }));
    const { code, out, err } = await cli(`ask ${run} hello --trust --no-cache`);
    const note = expect.stringMatching(/^The task's prompt stands around the question.*\n$/);
    expect({ code, out, err }).toEqual({ code: 0, out: 'Paris or Rome\n', err: note });
    expect(server.requests.length).toBeGreaterThan(1);
    expect(secretsSent()).toEqual([]);
  });

  test('lets a variable be sent that was typed beside it', async () => {
    const run = await handedOver('handed', (m) => {
      m.endpoint = { baseUrl: url(), apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' };
    });
    expect((await cli(`ask ${run} hello --trust --api-key-env LAB_KEY --no-cache`)).code).toBe(0);
    expect(new Set(secretsSent())).toEqual(new Set(['LAB_KEY']));
  });

  test("does not send OpenAI's key where the file names a variable and no address", async () => {
    const run = await handedOver('handed', (m) => (m.endpoint = { apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' }));
    expect(await cli(`ask ${run} hello --trust`)).toMatchObject({ code: 2 });
    expect(await cli(`ask ${run} hello`)).toMatchObject({
      code: 2,
      err: expect.stringContaining("OpenAI's own"),
    });
  });
});

describe('what tells own runs from others', () => {
  const home = () => join(folder, 'mine', 'home');

  test.skipIf(process.getuid === undefined)(
    'is a key that only the user can read; one open to others tells nothing',
    async () => {
      const file = join(home(), 'runs.key');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await chmod(file, 0o644);
      try {
        const { code, err } = await cli('ask own hello --no-cache');
        expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('open to others') });
        expect(server.requests).toEqual([]);
      } finally {
        await chmod(file, 0o600);
      }
    },
  );

  test('a home that cannot be written stops no run; its own options are then asked for', async () => {
    const env = { MIXTUNE_HOME: join(folder, 'mine', 'tasks', 'capitals', 'task.yaml') };
    const line = `tune capitals --base-url ${url()} --models a --run homeless ${small}`;
    expect(await cli(line, { env })).toMatchObject({ code: 0 });
    expect(await cli('ask homeless hello', { env })).toMatchObject({
      code: 2,
      err: expect.stringContaining('it has no signature'),
    });
    expect((await cli('ask homeless hello --trust --no-cache', { env })).code).toBe(0);
  });

  test("the user's list of endpoints counts as given, with its very variable", async () => {
    const list = join(home(), 'endpoints.json');
    const run = await handedOver('handed', (m) => (m.endpoint = { baseUrl: url(), apiKeyEnv: 'LAB_KEY' }));
    await writeFile(list, JSON.stringify([{ baseUrl: `${url()}/`, apiKeyEnv: 'LAB_KEY' }]), { mode: 0o600 });
    try {
      expect((await cli(`ask ${run} hello --no-cache`)).code).toBe(0);
      expect(new Set(secretsSent())).toEqual(new Set(['LAB_KEY']));
      server.requests.length = 0;
      const other = await handedOver('handed', (m) => {
        m.endpoint = { baseUrl: url(), apiKeyEnv: 'AWS_SECRET_ACCESS_KEY' };
      });
      expect((await cli(`ask ${other} hello --no-cache`)).code).toBe(2);
      await chmod(list, 0o666);
      if (process.getuid !== undefined)
        expect((await cli(`ask ${run} hello`)).err).toContain('open to others');
      expect(server.requests).toEqual([]);
    } finally {
      await rm(list);
    }
  });

  test.skipIf(!thorough)(
    "a stranger's run that was repeated here is still a stranger's, an own one still one's own",
    async () => {
      for (const [who, code] of [
        ['stranger', 2],
        ['mine', 0],
      ] as const) {
        const run = who === 'mine' ? 'own' : 'theirs';
        const out = join(folder, `${run}.jsonl`);
        expect((await cli(`cache export --run ${run} --out ${out}`, { who })).code).toBe(0);
        expect((await cli(`repeat ${out} --run again-${run}`)).code).toBe(0);
        expect((await cli(`ask again-${run} hello --no-cache`)).code).toBe(code);
      }
    },
  );
});

describe('programs of a task that only a file names', () => {
  const marker = () => join(folder, 'ran');
  const graders = {
    module: ['{ name: module, path: grade.mjs }', 'grade.mjs'],
    executable: ['{ name: executable, command: [node, grade.mjs] }', 'grade.mjs'],
  } as const;

  async function writeCode(place: string, kind: keyof typeof graders, name = 'coded'): Promise<void> {
    const [spec, file] = graders[kind];
    await writeTask(place, spec, name);
    const mark = `writeFileSync(${JSON.stringify(marker())}, '');`;
    // A module is loaded once in a process, so that loading it must not be what marks.
    const program =
      kind === 'module'
        ? `export default () => { ${mark} return 1; };`
        : `${mark} console.log('{"value": 1}');`;
    await writeFile(join(place, file), `import { writeFileSync } from 'node:fs';\n${program}\n`);
  }

  const uses: readonly (readonly [string, (run: string) => string])[] = [
    ['reproduce of a run', (run) => `reproduce ${run} --repeats 1`],
    ['reproduce of a lock', (run) => `reproduce ${run}/best.json --repeats 1`],
    ['reproduce --from-cache', (run) => `reproduce ${run} --from-cache`],
    ['reproduce --from-cache of a lock', (run) => `reproduce ${run}/best.json --from-cache`],
    ['score', (run) => `score ${run} --repeats 1`],
    ['resume', (run) => `resume ${run}`],
    ['ask', (run) => `ask ${run} hello`],
    ['front', (run) => `front ${run}`],
    ['show', (run) => `show ${run}`],
    ['front --project', (run) => `front ${run} --project cerebras`],
    [
      'repeat',
      () => `repeat ${join(folder, 'coded.jsonl')} --run again-${Math.random().toString(36).slice(2)}`,
    ],
  ];

  describe.each(['module', 'executable'] as const)('%s', (kind) => {
    let evil: string;
    beforeAll(async () => {
      evil = join(folder, `evil-${kind}`);
      await writeCode(evil, kind);
      await rm(join(folder, 'stranger', 'runs', 'theirs'), { recursive: true, force: true });
      const tune = `tune ${evil} --models sim/finch-3b --run theirs ${small}`;
      expect((await cli(tune, { who: 'stranger' })).code).toBe(0);
      expect(existsSync(marker())).toBe(true);
      const out = join(folder, 'coded.jsonl');
      await rm(out, { force: true });
      expect((await cli(`cache export --run theirs --out ${out}`, { who: 'stranger' })).code).toBe(0);
    });
    beforeEach(() => rm(marker(), { force: true }));

    test.each(sampled(uses, 5))('do not run by %s', async (_name, line) => {
      const places: readonly ((task: Json) => void)[] = [
        () => undefined,
        (task) => (task.folder = `../evil-${kind}`),
        // A name that is a way to a folder.
        (task) => {
          delete task.folder;
          task.name = `../../evil-${kind}`;
        },
        (task) => {
          delete task.folder;
          task.name = evil;
        },
      ];
      for (const place of places) {
        const run = await handedOver('coded', (m) => place(m.task as Json));
        const { err } = await cli(line(run));
        expect(existsSync(marker()), err).toBe(false);
        expect(err).not.toContain('expected a run folder');
      }
    });

    test('do not run where another task of that name is among the own', async () => {
      const own = join(folder, 'mine', 'tasks', 'coded');
      await writeCode(own, kind);
      await writeFile(
        join(own, 'instances.jsonl'),
        '{"id":"x","input":"X","gold":"Y"}\n{"id":"z","input":"X","gold":"Y"}\n',
      );
      const run = await handedOver('coded');
      try {
        for (const [name, line] of sampled(uses.slice(0, 6), 5)) {
          const { code } = await cli(line(run));
          expect({ name, code: code === 0, ran: existsSync(marker()) }).toEqual({
            name,
            code: false,
            ran: false,
          });
        }
      } finally {
        await rm(own, { recursive: true });
      }
    });

    test('run where the user names the task, or has the very same', async () => {
      const run = await handedOver('coded');
      const own = join(folder, 'mine', 'tasks', 'coded');
      for (const [words, copied] of [
        [`--task ${evil}`, false],
        ['', true],
      ] as const) {
        if (copied) await cp(evil, own, { recursive: true });
        for (const command of ['score', 'reproduce']) {
          await rm(marker(), { force: true });
          await cli(`${command} ${run} --repeats 1 ${words}`);
          expect(existsSync(marker()), `${command} ${words}`).toBe(true);
        }
      }
      await rm(own, { recursive: true });
    });
  });

  test.skipIf(!thorough)("an own run's folder is the user's own word", async () => {
    const place = join(folder, 'mine-coded');
    await writeCode(place, 'executable');
    expect((await cli(`tune ${place} --models sim/finch-3b --run own-coded ${small}`)).code).toBe(0);
    await rm(marker());
    expect((await cli('score own-coded --repeats 1')).code).toBe(0);
    expect(existsSync(marker())).toBe(true);
  });
});

test.skipIf(process.platform === 'win32')(
  '--notify hands on what a script needs, and no key under any name',
  async () => {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'en_GB.UTF-8',
      LC_TIME: 'C',
      ZZZ: 'zzz-value-0123456789',
    };
    // The same key again where a script would look, and one in a variable that is passed on.
    const twice = { TZ: env.ZZZ, XDG_DATA_HOME: `/x/${keys.OPENAI_API_KEY}` };
    const line = `tune capitals --base-url ${url()} --api-key-env ZZZ --models a --run told ${small}`;
    expect((await cli(`${line} --notify "env >told.txt"`, { env: { ...env, ...twice } })).code).toBe(0);
    const told = await readFile(join(folder, 'mine', 'told.txt'), 'utf8');
    for (const value of [...Object.values(keys), env.ZZZ]) expect(told).not.toContain(value);
    for (const kept of [`HOME=${folder}`, 'LANG=en_GB.UTF-8', 'LC_TIME=C', 'MIXTUNE_EVENT=end', 'PATH=']) {
      expect(told).toContain(kept);
    }
  },
);
