import { type ExecFileException, execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfKey } from '../../src/serve/keys.ts';
import { saidIn } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import { type ServeUnderTest, startServe, twoMembers } from '../support/serve.ts';
import { type Clients, installClients } from './install.ts';

/**
 * One program for each client, with a list of cases (name, base URL, key) as its argument. For each it prints one
 * line of JSON: what the client made of the server's answer.
 */
const programs = {
  'openai-node': 'openai.mjs',
  'langchain-js': 'langchain.mjs',
  'ai-sdk': 'ai-sdk.mjs',
  'openai-python': 'openai_client.py',
  'langchain-python': 'langchain_client.py',
  litellm: 'litellm_client.py',
} as const;
type Client = keyof typeof programs;
const names = Object.keys(programs) as Client[];

const model = new ScriptedModel((request) => `answer of ${request.model} to ${saidIn(request).slice(-6)}`, {
  pieceLength: 5,
});
const page = readFileSync(resolve(import.meta.dirname, '../../docs/serve.md'), 'utf8');
let clients: Clients | string;
let server: ServeUnderTest;
let strict: ServeUnderTest;

beforeAll(async () => {
  clients = await installClients();
  if (typeof clients !== 'string') mkdirSync(join(clients.js, 'home'), { recursive: true });
  server = await startServe(twoMembers(model));
  const keys = [{ name: 'right', sha256: hashOfKey('right-key') }];
  strict = await startServe(twoMembers(model), { keys: () => keys });
});
afterAll(async () => {
  await server.end();
  await strict.end();
  expect([...server.bugs, ...strict.bugs]).toEqual([]);
});

const env = (): NodeJS.ProcessEnv => {
  const home = typeof clients === 'string' ? '' : join(clients.js, 'home');
  return {
    PATH: process.env.PATH,
    HOME: home,
    LLM_USER_PATH: home,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    OPENAI_API_KEY: 'none',
    PYTHONWARNINGS: 'ignore',
    NO_PROXY: '127.0.0.1',
  };
};

function start(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    const child = execFile(
      command,
      args,
      { cwd, env: env(), timeout: 120_000 },
      (error: ExecFileException | null, out, err) => done({ code: error === null ? 0 : 1, out, err }),
    );
    // llm takes what stands on its input for a part of the question.
    child.stdin?.end();
  });
}

type Case = readonly [name: string, url: string, key: string];

/** Plays cases with one client. */
async function play(
  client: Client,
  { js, python }: Clients,
  cases: readonly Case[],
): Promise<Record<string, unknown>[]> {
  const file = join(js, programs[client]);
  writeFileSync(file, readFileSync(join(import.meta.dirname, 'programs', programs[client]), 'utf8'));
  const command = file.endsWith('.py') ? python : process.execPath;
  const { out, err } = await start(command, [file, JSON.stringify(cases)], js);
  const lines = out
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  if (lines.length !== cases.length)
    throw new Error(`${client}: ${lines.length} of ${cases.length} results\n${out}\n${err}`);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const slowKeys = [{ name: 'slow', sha256: hashOfKey('slow-key'), rpm: 1 }];
const answer = 'answer of sim/fuser to hello?';

describe.each(names)('%s', (client) => {
  it('plain, stream, usage, unknown model, bound, abort, keys, 429', async (context) => {
    if (typeof clients === 'string') return context.skip(clients);
    const slow = await startServe(twoMembers(model), { keys: () => slowKeys });
    const results = await play(client, clients, [
      ['plain', server.url, 'none'],
      ['stream', server.url, 'none'],
      ['unknown', server.url, 'none'],
      ['bound', server.url, 'none'],
      ['abort', server.url, 'none'],
      ['plain', strict.url, 'wrong-key'],
      ['plain', strict.url, 'right-key'],
      ['plain', slow.url, 'slow-key'],
      ['plain', slow.url, 'slow-key'],
    ]);
    await slow.end();
    const says = (message: string) => expect.stringContaining(message);
    expect(results).toMatchObject([
      { text: answer, tokens: 45 },
      { text: answer, tokens: 45 },
      { status: 404, message: says('did you mean') },
      { status: 400, message: says('No config fits the bounds') },
      { aborted: true },
      { status: 401, message: says('does not know the key') },
      { text: answer },
      { text: answer },
      // One request a minute: the second is told when to come again.
      { status: 429, message: says('ask again in') },
    ]);
    expect(results[1]?.pieces).toBeGreaterThan(1);
  });
});

describe('the snippets of docs/serve.md', () => {
  const snippets = [...page.matchAll(/<!-- client: ([\w-]+) -->\n```\w+[^\n]*\n([\s\S]*?)```/g)].map(
    ([, name = '', text = '']) => ({ name, text }),
  );

  it('are there for each client', () => {
    expect(snippets.map(({ name }) => name).sort()).toEqual([...names, 'curl', 'llm'].sort());
  });

  it.for(snippets)('$name works as it stands there', async ({ name, text }, context) => {
    if (typeof clients === 'string') return context.skip(clients);
    const said = text.replaceAll('http://127.0.0.1:8400/v1', server.url);
    const folder = clients.js;
    const { code, out, err } = await playSnippet(name, said, folder, clients);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    const streamed = [...out.matchAll(/^data: (\{.*)$/gm)].map(
      ([, data = '']) =>
        (JSON.parse(data) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '',
    );
    expect(name === 'curl' ? streamed.join('') : out).toContain('answer of sim/');
  });

  async function playSnippet(name: string, text: string, folder: string, { python, bin }: Clients) {
    if (name === 'curl') return start('bash', ['-c', text], folder);
    if (name === 'llm') {
      writeFileSync(join(folder, 'home', 'extra-openai-models.yaml'), text);
      return start(join(bin, 'llm'), ['-m', 'mixtune', 'Where is my parcel?'], folder);
    }
    const isPython = ['openai-python', 'langchain-python', 'litellm'].includes(name);
    const file = join(folder, `snippet-${name}.${isPython ? 'py' : 'mjs'}`);
    writeFileSync(file, text);
    return start(isPython ? python : process.execPath, [file], folder);
  }
});

describe('llm', () => {
  it('streams, and tells what is wrong', async (context) => {
    if (typeof clients === 'string') return context.skip(clients);
    const home = join(clients.js, 'home');
    const models = ['best', 'bst', 'front;max-usd=0.0000001'].map(
      (name, index) => `- model_id: mixtune-${index}\n  model_name: "${name}"\n  api_base: ${server.url}\n`,
    );
    writeFileSync(join(home, 'extra-openai-models.yaml'), models.join(''));
    const llm = (index: number, ...more: string[]) =>
      start(join((clients as Clients).bin, 'llm'), ['-m', `mixtune-${index}`, ...more, 'hello?'], home);
    expect((await llm(0)).out.trim()).toBe(answer);
    expect((await llm(0, '--no-stream')).out.trim()).toBe(answer);
    expect((await llm(1)).err).toContain('did you mean');
    expect((await llm(2)).err).toContain('No config fits the bounds');
  });
});
