import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { outcomeOf } from '../support/run-line.ts';
import { asked, until } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const repository = resolve(import.meta.dirname, '../..');
const words = (line: string): string[] => line.split(' ');
let folder: string;
let env: Record<string, string>;

const context = (line: string) => testContext(words(line), { cwd: folder, packageFolder: repository, env });
const cli = (line: string) => outcomeOf(context(line));

/** Serves until told to end, with the same samples each time: few simulated answers are withheld by a filter. */
async function serve(line: string) {
  const given = context(`serve ${line} --seed 1 --port 0 --json`);
  const ended = runCli(given);
  await Promise.race([until(() => given.stdout.text.endsWith('}\n')), ended]);
  if (given.stdout.text === '') throw new Error(given.stderr.text);
  const told = JSON.parse(given.stdout.text) as {
    url: string;
    models: string[];
    keys: string[] | null;
    bounds: Record<string, number> | null;
  };
  return {
    ...told,
    client: (apiKey = 'none') => new OpenAI({ baseURL: told.url, apiKey, maxRetries: 0 }),
    err: () => given.stderr.text,
    end: () => {
      given.interrupt();
      return ended;
    },
  };
}

beforeAll(async () => {
  folder = temporaryFolder('serve');
  env = { MIXTUNE_HOME: join(folder, 'home') };
  const tune =
    'tune support-intent --models sim/wisp-1b,sim/titan-400b --instances 2 --max-evaluations 3 --holdout-repeats 0 --run few --json';
  expect((await cli(tune)).code).toBe(0);
  expect((await cli('export few best --out best.yaml')).code).toBe(0);
});

describe('mixtune serve', () => {
  it.skipIf(!thorough)('serves a run by its points, follows its front, and ends with 0', async () => {
    const server = await serve('few --speed 1000');
    expect(server.models).toEqual(expect.arrayContaining(['best', 'knee', 'fastest', 'cheapest', 'front']));
    const answer = await server
      .client()
      .chat.completions.create({ model: 'best', messages: asked('Where is my parcel?') });
    expect(answer).toMatchObject({ mixtune: { run: 'few', simulated: true } });
    const file = join(folder, 'runs', 'few', 'front.json');
    const front = JSON.parse(await readFile(file, 'utf8')) as { front: unknown[] };
    await writeFile(file, JSON.stringify({ ...front, front: front.front.slice(0, 1) }));
    await until(() => server.err().includes('serves the changed front: 1 config\n'));
    expect((await server.client().models.list()).data).toHaveLength(6);
    await writeFile(file, JSON.stringify(front));
    expect(await server.end()).toBe(0);
    expect(server.err()).toContain('ending: 0 requests under way');
  });

  it.skipIf(!thorough)(
    'takes bounds of its own for requests for the front that have none, and says where nothing fits',
    async () => {
      const tune =
        'tune support-intent --models sim/wisp-1b,sim/titan-400b --instances 6 --max-evaluations 4 --holdout-repeats 0';
      expect((await cli(`${tune} --run several --json`)).code).toBe(0);
      const measured = JSON.parse((await cli('front several --json')).out) as {
        front: { id: string; objectives: { latency: { high: number } } }[];
      };
      const highs = measured.front.map(({ objectives }) => objectives.latency.high);
      const least = Math.min(...highs);
      const fastest = measured.front.find(({ objectives }) => objectives.latency.high === least)?.id;
      const servedBy = async (bound: string, model: string) => {
        const server = await serve(`several --speed 1000 --bound ${bound}`);
        const answer = await server.client().chat.completions.create({ model, messages: asked('Hello?') });
        expect(await server.end()).toBe(0);
        const { config } = (answer as unknown as { mixtune: { config: string } }).mixtune;
        return { config, bounds: server.bounds, err: server.err() };
      };
      expect(highs.length).toBeGreaterThan(1);
      const met = await servedBy(`latency<=${least}`, 'front');
      expect(met).toMatchObject({ config: fastest, bounds: { latency: least } });
      expect(met.err).not.toContain('no config fits');
      // Points with names are what they are everywhere.
      const { id } = JSON.parse((await cli('show several best --json')).out) as { id: string };
      expect((await servedBy(`latency<=${least}`, 'best')).config).toBe(id);
      const none = await servedBy('latency<=1ms', 'front');
      expect(none.config).toBe(id);
      expect(none.err).toContain('no config fits the bounds latency<=0.001s with its whole 95% interval');
    },
  );

  it.each(['latency<=1ms', 'latency<=1000s'])(
    'says once which bounds it has, met or not: %s',
    async (bound) => {
      const given = context(`serve few --speed 1000 --port 0 --state once.sqlite --bound ${bound}`);
      const ended = runCli(given);
      await Promise.race([until(() => given.stdout.text.includes('Stop with')), ended]);
      given.interrupt();
      expect(await ended).toBe(0);
      expect(`${given.stdout.text}${given.stderr.text}`.match(/latency<=/g)).toHaveLength(1);
    },
  );

  it.skipIf(!thorough)('lets nobody in when a list of keys that came later is gone', async () => {
    const keys = join(folder, 'later-keys.json');
    const server = await serve(`few --speed 1000 --keys ${keys}`);
    const status = async () => (await fetch(`${server.url}/models`)).status;
    expect(await status()).toBe(200);
    expect((await cli(`serve key add website --keys ${keys}`)).code).toBe(0);
    while ((await status()) !== 401);
    await rm(keys);
    // Both are looked at together, and the front is told.
    await utimes(join(folder, 'runs', 'few', 'front.json'), 1, 1);
    await until(() => server.err().includes('serves the changed front'));
    expect(await status()).toBe(401);
    expect(await server.end()).toBe(0);
  });

  it('has configs of files by the names of these, where no two are called the same', async () => {
    const config = await readFile(join(folder, 'best.yaml'), 'utf8');
    await mkdir(join(folder, 'more'));
    for (const name of ['mild.v2.yml', 'front.yaml', 'o;dd.yaml'])
      await writeFile(join(folder, name), config);
    const other = config.replaceAll(/sim\/[\w-]+/g, 'sim/otter-32b');
    for (const name of ['wild.yaml', 'more/mild.v2.yaml']) await writeFile(join(folder, name), other);
    const server = await serve('mild.v2.yml wild.yaml front.yaml o;dd.yaml --speed 1000');
    const ids = server.models.filter((name) => name.startsWith('mixtune/'));
    expect(ids).toHaveLength(2);
    expect(server.models).toEqual(['mild.v2', 'wild', ...ids]);
    const request = { model: 'wild', messages: asked('Hello?') };
    const answer = await server.client().chat.completions.create(request);
    expect(answer.model).toBe(ids[1]);
    expect(await server.client().models.retrieve('mild.v2')).toMatchObject({
      mixtune: { run: 'mild.v2.yml' },
    });
    expect(await server.end()).toBe(0);
    const same = await serve('mild.v2.yml more/mild.v2.yaml few:best --speed 1000');
    expect(same.models).not.toContain('mild.v2');
    expect(same.err()).toContain(`several files are called mild.v2: ask for ${ids.join(' or ')}`);
    expect(await same.end()).toBe(0);
  });

  it('says which configs a limit on dollars a day never admits, also of a key that comes later', async () => {
    const keys = join(folder, 'poor-keys.json');
    const server = await serve(`few --speed 1000 --max-usd-day 0.0001 --keys ${keys}`);
    expect(server.err()).toMatch(/--max-usd-day 0\.0001 admits no request of .*mixtune\//);
    expect((await cli(`serve key add poor --usd-day 0.0001 --keys ${keys}`)).code).toBe(0);
    await until(() => server.err().includes('the key "poor" with --usd-day 0.0001 admits no request of'));
    expect(await server.end()).toBe(0);
  });

  it('says of each answer of simulated models whether they made it up, and shows a question they know', async () => {
    const given = context('serve few --speed 1000 --port 0 --state said.sqlite');
    const ended = runCli(given);
    await Promise.race([until(() => given.stdout.text.includes('Stop with')), ended]);
    const [, baseURL = ''] = /Serving at (\S+) /.exec(given.stdout.text) ?? [];
    const [, body = ''] = /-d '(.+)'$/m.exec(given.stdout.text) ?? [];
    const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
    const shown = JSON.parse(body.replaceAll("'\\''", "'")) as {
      messages: { role: 'user'; content: string }[];
    };
    const mixtuneOf = async (messages: { role: 'user'; content: string }[]) =>
      (await client.chat.completions.create({ model: 'best', messages })) as unknown as { mixtune: object };
    expect((await mixtuneOf(asked('Hello?'))).mixtune).toMatchObject({ simulated: true, made_up: true });
    expect((await mixtuneOf(shown.messages)).mixtune).not.toHaveProperty('made_up');
    given.interrupt();
    expect(await ended).toBe(0);
  });

  it('adapts, and says afterwards what was worth what', async () => {
    const server = await serve('few --speed 1000 --adapt --explore 0.2 --state adapt.sqlite');
    const client = server.client();
    for (let request = 0; request < 3; request++) {
      const answer = await client.chat.completions.create({ model: 'front', messages: asked('Hello?') });
      const { decision } = (answer as unknown as { mixtune: { decision: string } }).mixtune;
      await client.post('/feedback', { body: { decision, value: 0.5 } });
    }
    const running = await cli('serve evaluate adapt.sqlite --json');
    expect(running.code).toBe(0);
    expect(JSON.parse(running.out)).toMatchObject({ decisions: 3, served: { mean: 0.5 } });
    expect(await server.end()).toBe(0);
    const { out } = await cli('serve evaluate adapt.sqlite');
    expect(out).toContain('3 valued requests, worth 0.500');
    expect(out).toMatch(/champion +3 /);
    const missing = await cli('serve evaluate runs/few/front.json');
    expect([missing.code, missing.out]).toEqual([2, '']);
    expect(missing.err).toContain('that --adapt has written');
  });

  it('gives the samples that it gave at an earlier start with the same seed', async () => {
    const texts: (string | null | undefined)[] = [];
    for (const _start of [1, 2]) {
      const server = await serve('best.yaml --speed 1000');
      const request = { model: 'best', messages: asked('Where is my parcel?') };
      const answer = await server.client().chat.completions.create(request);
      texts.push(answer.choices[0]?.message.content);
      expect(await server.end()).toBe(0);
    }
    expect(texts[0]).toBeTruthy();
    expect(texts[1]).toBe(texts[0]);
  });

  it.each(sampled(['best.yaml', 'few:cheapest', 'runs/few/best.json'], 3))('serves %s', async (source) => {
    const server = await serve(`${source} --speed 1000`);
    const answer = await server
      .client()
      .chat.completions.create({ model: 'best', messages: asked('Hello?') });
    expect(answer.choices[0]?.message.content).not.toBe('');
    expect(await server.end()).toBe(0);
  });

  it.each([
    ['no-run', 'no-run'],
    ['few --host 0.0.0.0', '--host: expected an address of this machine, or keys in'],
    ['few --max-usd-day none', '--max-usd-day'],
    ['few --speed 0', '--speed'],
    ['few --bound latency>=2s', 'Expected latency<= and a value'],
    ['few --explore 0.1', '--explore: expected --adapt beside it'],
  ])('refuses %s', async (line, message) => {
    const { code, err, out } = await cli(`serve ${line} --port 0`);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it("sends no key where only a stranger's run says", async () => {
    const file = join(folder, 'runs', 'few', 'manifest.json');
    const manifest = await readFile(file, 'utf8');
    const endpoint = { baseUrl: 'http://127.0.0.1:9/v1', apiKeyEnv: 'OPENAI_API_KEY' };
    await writeFile(file, JSON.stringify({ ...JSON.parse(manifest), endpoint }));
    const journal = join(folder, 'runs', 'few', 'front.json');
    const front = await readFile(journal, 'utf8');
    await writeFile(journal, front.replaceAll('sim/', 'openai/'));
    const { code, err } = await cli('serve few --port 0');
    expect(code).toBe(2);
    expect(err).toContain('the run is not known to be yours');
    await writeFile(file, manifest);
    await writeFile(journal, front);
  });
});

describe('mixtune serve key', () => {
  it('makes keys that a server takes, and keeps only their hashes', async () => {
    const made = await cli('serve key add website --rpm 60 --usd-day 5 --models best');
    expect(made.code).toBe(0);
    const key = made.out.trim();
    expect(key).toMatch(/^mxt-[\w-]{43}$/);
    const file = join(folder, 'home', 'serve-keys.json');
    expect(await readFile(file, 'utf8')).not.toContain(key.slice(4, 12));
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await cli('serve key list')).out).toBe(
      '{"name":"website","rpm":60,"usdDay":5,"models":["best"]}\n',
    );
    expect((await cli('serve key add website')).err).toContain('expected a name that is not taken');
    const given = context('serve best.yaml --speed 1000 --port 0 --state keyed.sqlite');
    const ended = runCli(given);
    await Promise.race([until(() => given.stdout.text.includes('Stop with')), ended]);
    expect(given.stdout.text).toMatch(/^Try it: {2}curl .* -H "Authorization: Bearer \$KEY" -d '/m);
    given.interrupt();
    expect(await ended).toBe(0);
    const server = await serve('best.yaml --speed 1000');
    expect(server.keys).toEqual(['website']);
    const ask = (given: string) =>
      server.client(given).chat.completions.create({ model: 'best', messages: asked('?') });
    await expect(ask('wrong')).rejects.toMatchObject({ status: 401 });
    // A simulated model's filter withholds an answer now and then, as real ones do: asked again, it is another sample.
    const answered = await ask(key)
      .catch(() => ask(key))
      .catch(() => ask(key));
    expect(answered.choices).toHaveLength(1);
    expect((await cli('serve key remove website')).code).toBe(0);
    const removed = () =>
      ask(key).then(
        () => false,
        (error: unknown) => error instanceof OpenAI.APIError && error.status === 401,
      );
    while (!(await removed())) await new Promise((wait) => setTimeout(wait, 50));
    expect(await server.end()).toBe(0);
    expect(server.err()).not.toContain(key);
    // What was spent today is gone with the file that held it.
    expect(given.stderr.text).not.toContain('is gone');
    await rm(join(folder, 'keyed.sqlite'));
    const locked = context('serve best.yaml --speed 1000 --port 0 --state keyed.sqlite');
    const lockedEnd = runCli(locked);
    await Promise.race([until(() => locked.stdout.text.includes('Stop with')), lockedEnd]);
    expect(locked.stdout.text).toContain(
      'Keys: none in the list, so that nobody may ask (mixtune serve key add NAME',
    );
    expect(locked.stderr.text).toMatch(/keyed\.sqlite was there and is gone: what was spent today/);
    locked.interrupt();
    expect(await lockedEnd).toBe(0);
    await rm(file);
  });

  it.each([
    ['serve key', "missing required argument 'add|list|remove'"],
    ['serve key make x', 'expected add, list or remove'],
    ['serve key add', 'expected a name'],
    ['serve key add ../x', 'expected a name'],
    ['serve key remove nobody', 'expected a name in'],
    ['serve key add x --usd-day 0', 'Expected an amount above 0'],
  ])('says what is wrong: %s', async (line, message) => {
    const { code, err } = await cli(line);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
