import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ProcessContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { type TestContext, TextSink, testContext } from './cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from './counting-endpoint.ts';
import type { ShellLine } from './doc-lines.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { pageTemplate } from './ui.ts';

const repository = process.cwd();
const rows = (count: number, row: (at: number) => string): string =>
  `${Array.from({ length: count }, (_, at) => row(at)).join('\n')}\n`;
const kinds = ['billing', 'access', 'delivery'];

/** Programs and data that pages speak of and that whoever reads them has. */
const files: Readonly<Record<string, () => string | Uint8Array>> = {
  'tickets.csv': () => `text,label\n${rows(12, (at) => `Ticket ${at}: please help,${kinds[at % 3]}`)}`,
  'faq.csv': () => `question,answer\n${rows(12, (at) => `What is ${at} and 1?,${at + 1}`)}`,
  'mbpp.jsonl.gz': () =>
    gzipSync(
      rows(4, (at) =>
        JSON.stringify({
          input: `Write plus${at}(x).`,
          tests: [`assert plus${at}(1) == ${at + 1}`],
          reference_code: `def plus${at}(x):\n    return x + ${at}`,
        }),
      ),
    ),
  'mmlu-pro.parquet': () =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          {
            name: 'question',
            data: Array.from({ length: 8 }, (_, at) => `What is ${at} and 1?`),
            type: 'STRING',
          },
          {
            name: 'options',
            data: Array.from({ length: 8 }, (_, at) => JSON.stringify([at, at + 1, at + 2].map(String))),
            type: 'STRING',
          },
          { name: 'answer', data: Array.from({ length: 8 }, () => 'B'), type: 'STRING' },
        ],
      }),
    ),
  'answer.py': () => 'def calculate_user_metrics(users, start, end):\n    return {}\n',
  'question.txt': () => 'Where is my parcel?\n',
  'workshop.json': () => readFileSync(join(repository, 'test/formats/files/workshop/export-2.0.json')),
  'groq.json': () => readFileSync(join(repository, 'test/formats/files/workshop/export-2.0.json')),
  'map.yaml': () => 'llama-3.3-70b: sim/sage-70b\n',
  'litellm.yaml': () =>
    'model_list:\n  - model_name: a\n    litellm_params: { model: gpt-4o-mini, rpm: 10, input_cost_per_token: 1e-07, output_cost_per_token: 4e-07 }\n',
  'gepa.json': () =>
    JSON.stringify({ candidates: [{ instructions: 'Think, then answer.' }], val_aggregate_scores: [0.7] }),
  'job.yaml': () => 'version: 1\ntask: support-intent\nmodels: [sim/*]\nmaxEvaluations: 4\n',
  'ours.yaml': () => 'version: 1\nname: ours\nextends: default\ntemperatures: [0, 0.7]\n',
  'my-task/task.yaml': () => 'version: 1\nname: my-task\ndescription: Add.\ngrader: { name: numeric }\n',
  'my-task/instances.jsonl': () =>
    rows(8, (at) => JSON.stringify({ id: String(at), input: `What is ${at} and 1?`, gold: at + 1 })),
  'my-profile.yaml': () =>
    'name: mine\nsource: our own\nmodels:\n  "*": { firstTokenMs: 80, tokensPerSecond: 210 }\n',
};

/** What mixtune itself makes, where a line needs it: a name, or the path of what it asks. */
const made: readonly { readonly when: RegExp; readonly path: string; readonly by: string }[] = [
  ...['monday', 'tuesday', 'night', 'intents', 'code-challenge-20260401-220000'].map((run) => ({
    when: new RegExp(`\\b${run}\\b`),
    path: `runs/${run}`,
    by: `tune ${run === 'intents' ? 'support-intent' : 'contest-math'} --run ${run}`,
  })),
  {
    when: /\bmy-run\b(?!\.jsonl)/,
    path: 'runs/my-run',
    by: 'tune code-challenge --run my-run --max-evaluations 16 --holdout-repeats 6',
  },
  { when: /--pruned/, path: 'runs/my-run/worth.json', by: 'answer my-run --worth --max-calls 50' },
  {
    when: /\bcache (?:stats|prune|export --(?:out|model))/,
    path: 'runs/calls.sqlite',
    by: 'ask own.yaml question --base-url http://127.0.0.1:8099/v1',
  },
  { when: /\bown\.yaml/, path: 'own.yaml', by: 'presets show self-moa --models openai/tiny --out own.yaml' },
  ...['a.yaml', 'mine.yaml'].map((file) => ({
    when: new RegExp(`\\b${file.replace('.', '\\.')}`),
    path: file,
    by: `presets show self-moa --models sim/heron-8b --out ${file}`,
  })),
  {
    when: /\bb\.yaml/,
    path: 'b.yaml',
    by: 'presets show router --models sim/heron-8b,sim/sage-70b --out b.yaml',
  },
  { when: /\bbest\.yaml/, path: 'best.yaml', by: 'export my-run best --out best.yaml' },
  { when: /(?<!\/)\bbest\.json/, path: 'best.json', by: 'export my-run best --format lock --out best.json' },
  {
    when: /my-run\.jsonl\.gz/,
    path: 'my-run.jsonl.gz',
    by: 'cache export --run my-run --out my-run.jsonl.gz',
  },
];

/** A job that a page leaves open is played small. */
const smallJob: readonly (readonly [string, string])[] = [
  ['--max-evaluations', '4'],
  ['--instances', '2'],
  ['--finish-repeats', '1'],
  ['--holdout-repeats', '1'],
];
const small: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  tune: smallJob,
  rehearse: [...smallJob, ['--rehearsals', '1']],
  sim: [['--speed', '100000']],
  chat: [['--speed', '100000']],
  serve: [
    ['--speed', '100000'],
    ['--port', '0'],
  ],
};

const isServer = ([command, second]: readonly string[]): boolean =>
  command === 'sim' || command === 'ui' || (command === 'serve' && second !== 'key' && second !== 'evaluate');

interface Server {
  readonly context: TestContext;
  readonly ended: Promise<number>;
}

/** What a line came to. */
export interface Played {
  readonly code: number;
  /** What it wrote, the end of it. */
  readonly said: string;
}

/** Made once for all pages, with what costs time. */
export class DocPlace {
  readonly #folder = temporaryFolder('pages');
  readonly home = join(this.#folder, 'home');
  #pages = 0;

  /** A folder for a page, with the runs that earlier pages had made. */
  newFolder(): string {
    this.#pages += 1;
    const folder = join(this.#folder, String(this.#pages));
    mkdirSync(folder);
    return folder;
  }

  /** Where what this command made is kept for other pages. */
  kept(by: string): string {
    return join(this.#folder, 'kept', by.replaceAll(/\W+/g, '-'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A folder in which the lines of one page are played in their order. */
export class DocWorld {
  readonly #folder: string;
  readonly #place: DocPlace;
  readonly #servers: Server[] = [];
  /** Ports that the page speaks of, with the addresses of the servers that stand there. */
  readonly #addresses = new Map<string, string>();
  /** An endpoint whose answers are kept in the call cache, as those of `mixtune sim` are not. */
  #endpoint: CountingEndpoint | undefined;

  constructor(place: DocPlace) {
    this.#place = place;
    this.#folder = place.newFolder();
  }

  /** Plays a line with what it needs around it; a server stays up for the lines behind it. */
  async play(line: ShellLine): Promise<Played> {
    await this.#prepare(line.text, line.argv, line.stdout);
    const argv = this.#smaller(line.argv);
    const played = isServer(argv) ? await this.#serve(argv, line) : await this.#run(argv, line);
    if (line.stdout !== undefined) writeFileSync(join(this.#folder, line.stdout), played.out);
    return { code: played.code, said: played.said };
  }

  /** Presses Ctrl-C on all servers; resolves to their exit codes. */
  async end(): Promise<readonly number[]> {
    for (const { context } of this.#servers) context.interrupt();
    const codes = await Promise.all(this.#servers.map(({ ended }) => ended));
    await this.#endpoint?.close();
    return codes;
  }

  async #endOf(command: string): Promise<void> {
    for (const { context, ended } of this.#servers.filter(({ context }) => context.argv[0] === command)) {
      context.interrupt();
      await ended;
    }
  }

  async #prepare(text: string, argv: readonly string[], stdout?: string): Promise<void> {
    const option = (name: string) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
    const writes = [stdout, option('--out'), ...(argv[0] === 'tune' ? [option('--run')] : [])];
    const isThere = (path: string): boolean =>
      writes.includes(basename(path)) || existsSync(join(this.#folder, path));
    const told = argv[0] === 'init' ? `${text} tickets.csv` : text;
    for (const [name, content] of Object.entries(files)) {
      if (!told.includes(name.split('/')[0] ?? name) || isThere(name)) continue;
      mkdirSync(dirname(join(this.#folder, name)), { recursive: true });
      writeFileSync(join(this.#folder, name), content());
    }
    for (const { when, path, by } of made) if (when.test(text) && !isThere(path)) await this.#make(path, by);
    if (text.includes(':8099') && this.#endpoint === undefined) {
      this.#endpoint = await startCountingEndpoint();
      this.#addresses.set('8099', new URL(this.#endpoint.url).host);
    }
    const port = /127\.0\.0\.1:(80\d\d)/.exec(text)?.[1];
    if (port !== undefined && !this.#addresses.has(port))
      await this.#serve(this.#smaller(['sim', '--port', port]));
  }

  /** Runs are made once and copied. */
  async #make(path: string, by: string): Promise<void> {
    const kept = this.#place.kept(by);
    const here = join(this.#folder, path);
    if (existsSync(kept)) return cpSync(kept, here, { recursive: true });
    const argv = by.split(' ');
    await this.#prepare(by, argv);
    const { code, said } = await this.#run(this.#smaller(argv));
    if (code !== 0) throw new Error(`mixtune ${by}: ${code}\n${said}`);
    if (argv[0] === 'tune') cpSync(here, kept, { recursive: true });
  }

  #smaller(argv: readonly string[]): string[] {
    const options = (small[argv[0] ?? ''] ?? []).filter(([name]) => !argv.includes(name));
    const subcommand = ['key', 'evaluate'].includes(argv[1] ?? '');
    const added = subcommand ? [] : options.flat();
    return [...argv, ...added].map((word) =>
      word.replace(/127\.0\.0\.1:(\d+)/, (here, port: string) => this.#addresses.get(port) ?? here),
    );
  }

  #context(argv: readonly string[], line?: ShellLine): TestContext {
    const changes: Partial<ProcessContext> = {
      cwd: this.#folder,
      packageFolder: repository,
      env: { ...line?.env, MIXTUNE_HOME: this.#place.home, NO_COLOR: '1' },
      fetch: globalThis.fetch,
      showInBrowser: () => undefined,
      readPage: async () => pageTemplate,
    };
    if (line?.stdin !== undefined)
      return testContext(argv, {
        ...changes,
        stdin: Readable.from([readFileSync(join(this.#folder, line.stdin), 'utf8')]),
      });
    return ['init', 'chat'].includes(argv[0] ?? '') ? typing(argv, changes) : testContext(argv, changes);
  }

  async #run(argv: readonly string[], line?: ShellLine): Promise<Played & { readonly out: string }> {
    const context = this.#context(argv, line);
    const code = await runCli(context);
    return { code, out: context.stdout.text, said: saidBy(context) };
  }

  async #serve(argv: readonly string[], line?: ShellLine): Promise<Played & { readonly out: string }> {
    const at = argv.indexOf('--port');
    const port = at < 0 ? undefined : argv[at + 1];
    const free = argv.map((word, index) => (at >= 0 && index === at + 1 ? '0' : word));
    // Two servers on one port there are not, and neither do pages mean that.
    await this.#endOf(argv[0] ?? '');
    const context = this.#context(free, line);
    const ended = runCli(context);
    const server = { context, ended };
    const early = await Promise.race([ended, addressIn(context.stdout)]);
    if (typeof early === 'number') return { code: early, out: '', said: saidBy(context) };
    this.#servers.push(server);
    if (port !== undefined && port !== '0') this.#addresses.set(port, early);
    return { code: 0, out: context.stdout.text, said: saidBy(context) };
  }
}

const saidBy = ({ stdout, stderr }: TestContext): string =>
  `${stdout.text.slice(-1000)}${stderr.text}`.slice(-1500);

/** `127.0.0.1:41234`, once it is printed. */
async function addressIn(stdout: TextSink): Promise<string> {
  for (;;) {
    const [, address] = /http:\/\/(127\.0\.0\.1:\d+)/.exec(stdout.text) ?? [];
    if (address !== undefined) return address;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Somebody at a terminal: names the data file where asked for one, and takes what is offered else. */
function typing(argv: readonly string[], changes: Partial<ProcessContext>): TestContext {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new TextSink(), { isTTY: true, columns: 80 });
  if (argv[0] === 'chat') stdin.end('Where is my parcel?\n');
  else stdin.end(`${argv.includes('--data') ? '' : 'tickets.csv\n'}${'\n'.repeat(20)}`);
  return { ...testContext(argv, { ...changes, stdin }), stderr };
}
