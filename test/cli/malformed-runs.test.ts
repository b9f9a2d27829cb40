import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLock } from '../../src/analysis/reproduce/lock-file.ts';
import { InputError } from '../../src/core/errors.ts';
import { openRun } from '../../src/run/folder/run-folder.ts';
import { writeCapitals } from '../support/capitals.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { exhaustive, sampled, thorough } from '../support/thorough.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

let folder: string;
/** The run whose files are changed, one at a time. */
let run: string;
const files = ['manifest.json', 'front.json', 'best.json'] as const;
const originals = new Map<string, Json>();

async function cli(line: string) {
  const env = { MIXTUNE_HOME: join(folder, 'home') };
  return runLine(line, { cwd: folder, env });
}

beforeAll(async () => {
  folder = temporaryFolder('malformed');
  writeCapitals(join(folder, 'tasks'));
  const tune =
    'tune capitals --models sim/finch-3b,sim/sage-70b --max-evaluations 4 --finish-repeats 1 --holdout-repeats 1';
  expect((await cli(`${tune} --run first`)).code).toBe(0);
  const options =
    '--from first --reflection --strategy evolution --start-cells 1 --limit sim:rpm=60000,tpm=9M';
  expect(await cli(`${tune} ${options} --max-calls 900 --max-usd 3 --run second`)).toMatchObject({ code: 0 });
  run = join(folder, 'runs', 'second');
  // What other runs have in their manifests.
  const manifest = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));
  Object.assign(manifest.task, { tuningInstances: 2 });
  Object.assign(manifest, {
    cache: true,
    signature: 'f'.repeat(64),
    prices: { hash: 'x', checked: '2026-01-01', source: null },
    repeats: { run: 'first', recording: 'x' },
    gitCommit: 'abc+',
  });
  writeFileSync(join(run, 'manifest.json'), JSON.stringify(manifest));
  for (const name of files) originals.set(name, JSON.parse(readFileSync(join(run, name), 'utf8')) as Json);
});

/** Paths of all values; of a list its first item stands for all. */
function pathsIn(value: Json, at: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [at];
  const entries = Array.isArray(value)
    ? value.slice(0, 1).map((item, n) => [n, item] as const)
    : Object.entries(value);
  return [at, ...entries.flatMap(([key, inner]) => pathsIn(inner, [...at, key]))];
}

const replacements: Readonly<Record<string, Json | undefined>> = {
  nothing: undefined,
  null: null,
  'a negative number': -1,
  'a fraction': 0.5,
  'a huge number': 1e308,
  'a word': 'x',
  'an empty word': '',
  'half a character': 'x\ud800',
  true: true,
  'an empty list': [],
  'a list of null': [null],
  'an empty object': {},
};

/** The document with another value at a path; `undefined` takes it away. */
function changed(value: Json, [step, ...rest]: Path, to: Json | undefined): Json | undefined {
  if (step === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, Json>;
  const inner = changed(copy[step] as Json, rest, to);
  if (inner !== undefined) copy[step] = inner;
  else if (Array.isArray(copy)) copy.splice(Number(step), 1);
  else delete copy[step];
  return copy as Json;
}

interface Mutation {
  readonly name: string;
  readonly text: string;
}

/** Every 41st unless all are played: twelve replacements to a place, so that each comes up, at other places. */
function mutationsOf(file: string): Mutation[] {
  const original = originals.get(file) as Json;
  const places = pathsIn(original).flatMap((path) =>
    Object.entries(replacements).flatMap(([what, to]) =>
      path.length === 0 && to === undefined ? [] : [{ path, what, to }],
    ),
  );
  return sampled(places, 41).map(({ path, what, to }) => ({
    name: `${what} at ${path.join('.')}`,
    text: JSON.stringify(changed(original, path, to)),
  }));
}

/** What reads the file says of it; `undefined` where it takes it. */
async function refusal(file: string): Promise<unknown> {
  if (file === 'best.json')
    return readLock(join(run, file)).then(
      () => undefined,
      (error: unknown) => error,
    );
  const opened = await openRun(folder, run);
  return opened.ok ? undefined : opened.error;
}

const reading: readonly string[] = [
  'front RUN',
  'front RUN --format csv',
  'front RUN --json --min-score 0.1',
  'front RUN --project wafer-scale',
  'show RUN',
  'show RUN knee --json',
  'status RUN',
  'status RUN --json',
  'answer RUN',
  'answer RUN --json --hours 1',
  'export RUN',
  'export RUN fastest --format lock',
  'export RUN/best.json --format lock',
  'cache export --run RUN --out out.jsonl',
  'stop RUN',
  'ask RUN hello',
  'ask RUN/best.json hello',
  'score RUN RUN:knee RUN/best.json --task capitals --repeats 1',
  'reproduce RUN --from-cache',
  'reproduce RUN/best.json --from-cache',
  'reproduce RUN/best.json --repeats 1',
  'resume RUN',
  'tune capitals --models sim/finch-3b --from RUN --max-evaluations 1 --run again',
];
/** Jobs that have nothing to do with the run but to lie beside it. */
const others = [
  'rehearse capitals --models sim/finch-3b,sim/sage-70b --max-evaluations 1 --rehearsals 1',
  'tune capitals --models sim/finch-3b,sim/sage-70b --max-evaluations 1 --run again',
];

async function expectNoBug(line: string, what: string): Promise<number> {
  const backup = `${run}.backup`;
  cpSync(run, backup, { recursive: true });
  const { code, err } = await cli(line.replaceAll('RUN', run));
  expect(err, `${what}: ${line}`).not.toContain('unexpected');
  rmSync(run, { recursive: true });
  cpSync(backup, run, { recursive: true });
  rmSync(backup, { recursive: true });
  rmSync(join(folder, 'runs', 'again'), { recursive: true, force: true });
  return code;
}

describe.each(sampled(files, 2))('any value of another form in %s', (file) => {
  test('is refused by file, place, what was found and what was expected, or taken, by every command', async () => {
    const taken: Mutation[] = [];
    const refused: Mutation[] = [];
    for (const mutation of mutationsOf(file)) {
      writeFileSync(join(run, file), mutation.text);
      const error = await refusal(file);
      if (error === undefined) {
        taken.push(mutation);
        continue;
      }
      refused.push(mutation);
      expect(error, `${mutation.name}: ${String((error as Error).stack)}`).toBeInstanceOf(InputError);
      const { source, issues } = error as InputError;
      expect(source).toContain(file);
      for (const { found, expected } of issues) expect([found, expected]).not.toContain(undefined);
    }
    expect(refused.length).toBeGreaterThan(2 * taken.length);
    const lines = [...reading, ...others];
    let turn = 0;
    const some = (items: readonly Mutation[], step: number) =>
      exhaustive ? items : items.filter((_, index) => index % step === 0);
    for (const mutation of [...some(taken, thorough ? 30 : 90), ...some(refused, thorough ? 150 : 450)]) {
      writeFileSync(join(run, file), mutation.text);
      // All of them take minutes.
      const tried = exhaustive ? lines : [0, 1, 2].map((n) => lines[(turn + 8 * n) % lines.length] as string);
      turn++;
      for (const line of tried) {
        const code = await expectNoBug(line, mutation.name);
        if (others.includes(line)) expect({ line, code, what: mutation.name }).toMatchObject({ code: 0 });
        else if (
          refused.includes(mutation) &&
          /^(?:export|reproduce) RUN\/best/.test(line) &&
          file === 'best.json'
        )
          expect(code).toBe(2);
        else if (refused.includes(mutation) && file === 'manifest.json' && !line.includes('RUN/'))
          expect(code).toBe(2);
      }
    }
    writeFileSync(join(run, file), JSON.stringify(originals.get(file)));
  }, 3_600_000);

  test.each(sampled(['', '[]', 'null', '{', '"x"', '\u0000', '{"version": 2}'], 4))(
    '%j in place of all of it',
    async (text) => {
      writeFileSync(join(run, file), text);
      for (const line of ['front RUN', 'export RUN/best.json --format lock']) await expectNoBug(line, text);
      if (file === 'manifest.json')
        expect(await expectNoBug(others[text.length % 2] as string, text)).toBe(0);
      writeFileSync(join(run, file), JSON.stringify(originals.get(file)));
    },
  );
});
