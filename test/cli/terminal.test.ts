import { appendFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printableStream } from '../../src/cli/output.ts';
import { runCli } from '../../src/cli/program.ts';
import { showProgress } from '../../src/cli/progress.ts';
import { commandContext, TextSink, testContext } from '../support/cli.ts';
import { sampleProgress } from '../support/front-sample.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

/** A title, a cleared screen, a bell, a hidden text, C1, a returned line, bidi, half a character. */
const hostile =
  '\u001b]0;pwned\u0007\u001b[2J\u001b[8m\u009b31m\u0000\b\rgone\u007f\u202eevil\u2066\u200f\ud800';
/** What no output may hold; a terminal's own colours are looked at apart. */
const obeyed = /[^\P{Cc}\n\t]|\p{Bidi_Control}|\p{Cs}/u;

let folder: string;
let server: RecordingServer;

async function cli(line: string) {
  const context = testContext(line.split(' '), {
    cwd: folder,
    env: { MIXTUNE_HOME: join(folder, 'home'), MIXTUNE_DEBUG: '1' },
    fetch: globalThis.fetch,
  });
  const code = await runCli(context);
  // A line's end in CSV is that of the format.
  const said = (context.stdout.text + context.stderr.text).replaceAll(
    /\r\n/g,
    line.endsWith('csv') ? '\n' : '\r\n',
  );
  expect(obeyed.exec(said)?.[0], `${line}: ${JSON.stringify(said)}`).toBeUndefined();
  return { code, out: context.stdout.text, err: context.stderr.text };
}

beforeAll(async () => {
  folder = temporaryFolder('terminal');
  server = await startRecordingServer();
  const place = join(folder, 'tasks', 'capitals');
  await mkdir(place, { recursive: true });
  await writeFile(
    join(place, 'task.yaml'),
    'version: 1\nname: capitals\ndescription: Capitals.\nprompt: "Capital of {{input}}?"\ngrader: { name: contains }\nsplit: { holdout: 0.5 }\n',
  );
  await writeFile(
    join(place, 'instances.jsonl'),
    '{"id":"fr","input":"France","gold":"Paris"}\n{"id":"it","input":"Italy","gold":"Rome"}\n',
  );
  const tune = `tune capitals --base-url ${server.url} --models a --strategy random --run run --max-evaluations 2 --finish-repeats 1 --holdout-repeats 1 --json`;
  expect((await cli(tune)).code).toBe(0);
  const config = {
    version: 1,
    name: 'one',
    stages: [{ kind: 'propose', agents: [{ name: 'a', model: 'openai/a', prompt: 'Answer.' }] }],
  };
  await writeFile(join(folder, 'one.json'), JSON.stringify(config));
});
afterAll(async () => {
  await server.close();
});

/** Every text of a value made hostile, one at a time or all at once. */
function spoiled(value: unknown, spoil: (text: string, path: string) => string, path = ''): unknown {
  if (typeof value === 'string') return spoil(value, path);
  if (Array.isArray(value)) return value.map((item, index) => spoiled(item, spoil, `${path}.${index}`));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, spoiled(item, spoil, `${path}.${key}`)]),
  );
}

const readers = [
  'front run',
  'front run --json',
  'front run --format csv',
  'front run --project cerebras',
  'show run',
  'show run --json',
  'show run knee',
  'status run',
  'status run --json',
  'answer run',
  'export run',
  'export run --json',
  'export run --format lock',
  'cache export --run run',
  'ask run hello',
  'score run',
  'resume run',
  'reproduce run',
  'reproduce runs/run/best.json',
  'reproduce runs/run/best.json --json',
  'ask runs/run/best.json hello',
];

describe.each(sampled(['front.json', 'manifest.json', 'best.json'], 3))(
  'a run whose %s was written by a stranger',
  (name) => {
    test('obeys nobody, whichever text of it holds control characters', async () => {
      const file = join(folder, 'runs', 'run', name);
      const text = await readFile(file, 'utf8');
      const paths: string[] = [];
      spoiled(JSON.parse(text), (value, path) => {
        paths.push(path);
        return value;
      });
      // The cells of a claim are alike.
      const fields = paths.filter((path) => !/\.evidence\.[1-9]/.test(path));
      try {
        const all = (value: string) => value + hostile;
        const some = [
          all,
          ...sampled(fields, 64).map(
            (field) => (value: string, path: string) => (path === field ? all(value) : value),
          ),
        ];
        for (const [index, spoil] of some.entries()) {
          await writeFile(file, JSON.stringify(spoiled(JSON.parse(text), spoil)));
          // Each field with a few commands in turn, all fields at once with all.
          const commands =
            index === 0 ? sampled(readers, 2) : readers.filter((_, at) => (at + index) % 5 === 0);
          for (const line of commands)
            await cli(line.replace(/^(ask|score|reproduce).*/, '$& --base-url http://127.0.0.1:1/v1'));
        }
      } finally {
        await writeFile(file, text);
      }
    });
  },
);

test('run.log and its last line in status', async () => {
  appendFileSync(join(folder, 'runs', 'run', 'run.log'), `2026-04-01T22:00:05Z notice: ${hostile}\n`);
  expect((await cli('status run')).out).toContain('\\u001b]0;pwned\\u0007');
  const { out } = await cli('status run --json');
  expect(JSON.parse(out).lastLogLine).toContain(hostile.slice(0, -1));
});

describe('endpoints', () => {
  test('models that they list', async () => {
    server.models = [`a${hostile}`, hostile, 'a'];
    for (const line of ['models', 'models --json', 'doctor', 'models probe --calls 1']) {
      await cli(`${line} --base-url ${server.url}`);
    }
    const { err } = await cli(`tune capitals --base-url ${server.url} --models nothing`);
    expect(err).toContain('\\u001b]0;pwned');
    server.models = ['a', 'b'];
  });

  test.skipIf(!thorough)(
    'errors that they answer with',
    async () => {
      for (const status of [400, 401, 404]) {
        for (const body of [
          hostile,
          JSON.stringify({ error: { message: hostile, code: hostile, type: hostile } }),
        ]) {
          server.answer = { status, body };
          for (const line of [
            'ask one.json hello --trace',
            'score one.json --task capitals',
            'reproduce run --repeats 1',
          ]) {
            const { code } = await cli(`${line} --base-url ${server.url}`);
            expect(code).not.toBe(0);
          }
          await cli(`tune capitals --base-url ${server.url} --models a --max-evaluations 1`);
        }
      }
    },
    60_000,
  );

  test('answers, streamed in pieces cut anywhere', async () => {
    const ask = `ask one.json hello --base-url ${server.url} --no-cache`;
    for (const pieces of [
      [hostile],
      [...hostile],
      hostile.split(''),
      ['a\u001b', '[2Jb\r', '\nc\ud83d', '\ude00\r'],
    ]) {
      server.answer = pieces;
      const { code, out } = await cli(ask);
      expect(code).toBe(0);
      if (pieces.length === 4) expect(out).toBe('a\\u001b[2Jb\nc😀\n');
      expect(JSON.parse((await cli(`${ask} --json --trace`)).out).answer).toContain(
        pieces.length === 4 ? 'a\u001b[2Jb' : '\u001b]0;pwned',
      );
    }
    server.answer = ['Paris or Rome'];
  });
});

test.each([
  ['front', `no${hostile}`],
  ['tune', hostile],
  ['score', `x${hostile}.yaml`],
  ['grade', `t${hostile}`],
  [hostile, ''],
])('%# what the command line itself holds', async (command, word) => {
  const context = testContext([command, word], { cwd: folder });
  expect(await runCli(context)).toBe(2);
  expect(context.stdout.text + context.stderr.text).not.toMatch(obeyed);
});

test('a live display keeps its own colours and movements, and no others', () => {
  const sink = Object.assign(new TextSink(), { isTTY: true, columns: 100, rows: 40 });
  const context = commandContext({ env: { TERM: 'xterm' } });
  const display = showProgress(printableStream(sink, context.env), context, undefined);
  display.update(
    sampleProgress({ task: `task${hostile}`, run: `run${hostile}`, notices: [`lost\n${hostile}`] }),
  );
  display.done();
  expect(sink.text).toContain('\u001b[1m');
  expect(sink.text).toContain('task\\u001b]0;pwned\\u0007');
  // What is left without colours, cursor movements and log-update's own modes is text.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const rest = sink.text.replaceAll(/\u001b\[(?:\d{1,2}m|\d*[ABCDGJK]|\?(?:25|2026)[hl])/g, '');
  expect(rest).not.toMatch(obeyed);
});
