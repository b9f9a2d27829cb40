import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('bounds');

const cli = (args: readonly string[]) =>
  runLine(args, { cwd: folder, env: { MIXTUNE_HOME: join(folder, 'home') } });

const quick = [
  ...[
    'contest-math',
    '--models',
    'sim/wisp-1b,sim/heron-8b,sim/sage-70b',
    '--strategy',
    'random',
    '--max-evaluations',
    '14',
  ],
  ...['--instances', '6', '--finish-repeats', '2', '--holdout-repeats', '0', '--no-cache', '--no-report'],
];
const tune = (run: string, ...more: string[]) => cli(['tune', ...quick, '--run', run, ...more]);

const estimate = z.object({ mean: z.number().nullable() });
const point = z.looseObject({
  id: z.string(),
  objectives: z.object({ score: estimate, latency: estimate, usd: estimate }).loose(),
  holdout: z.object({ score: estimate }).loose().nullable(),
});
const told = z.looseObject({
  best: z.string().nullable(),
  bounds: z.record(z.string(), z.number()).optional(),
  standings: z.record(z.string(), z.enum(['met', 'met?', 'missed?', 'missed'])).optional(),
  front: z.array(point),
});
const file = z.looseObject({ bounds: z.unknown(), objectives: z.array(z.string()), best: z.string() });
const fileOf = (run: string, name: string): unknown =>
  JSON.parse(readFileSync(join(folder, 'runs', run, name), 'utf8'));

describe('a run with bounds', () => {
  let printed: z.infer<typeof told>;
  beforeAll(async () => {
    const { code, out, err } = await tune('met', '--bound', 'latency<=1s,usd<=0.0005', '--json');
    expect({ code, err }).toMatchObject({ code: 0 });
    printed = told.parse(JSON.parse(out));
  }, 240_000);

  test('keeps them with its objectives, and says how each point stands', () => {
    const bounds = { latency: 1, usd: 0.0005 };
    expect(printed.bounds).toEqual(bounds);
    expect(file.parse(fileOf('met', 'front.json'))).toMatchObject({
      ...{ bounds, objectives: ['score', 'latency', 'tokens', 'usd'] },
    });
    expect(fileOf('met', 'manifest.json')).toMatchObject({ settings: { bounds } });
    for (const { id, objectives } of printed.front) {
      const meets = (objectives.latency.mean ?? 9) <= 1 && (objectives.usd.mean ?? 9) <= 0.0005;
      expect([id, printed.standings?.[id]?.startsWith('met')]).toEqual([id, meets]);
    }
    const kinds = new Set(
      Object.values(printed.standings ?? {}).map((standing) => standing.startsWith('met')),
    );
    expect(kinds).toEqual(new Set([true, false]));
  });

  test('its best and all points with names meet them', async () => {
    const met = new Set(
      Object.entries(printed.standings ?? {}).flatMap(([id, s]) => (s.startsWith('met') ? id : [])),
    );
    for (const which of ['best', 'knee', 'fastest', 'cheapest']) {
      const { id, bounds, standing } = point.parse(
        JSON.parse((await cli(['show', 'met', which, '--json'])).out),
      );
      expect({ bounds, standing }).toEqual({ bounds: printed.bounds, standing: printed.standings?.[id] });
      expect([which, met.has(id)]).toEqual([which, true]);
    }
    expect(met.has(printed.best ?? '')).toBe(true);
    expect(met.has(printed.front[0]?.id ?? '')).toBe(false);
  });

  test('front and show tell of them in words', async () => {
    const { out } = await cli(['front', 'met']);
    expect(out).toMatch(/Bounds latency<=1s, usd<=0\.0005: \d+ of \d+ points? meets? them/);
    expect(out).toMatch(/\bbounds\b/);
    expect((await cli(['show', 'met'])).out).toMatch(/bounds +met\??: latency<=1s, usd<=0\.0005/);
  });

  test('front leaves out by the same grammar', async () => {
    const { out } = await cli(['front', 'met', '--bound', 'latency<=300ms', '--json']);
    const left = told.parse(JSON.parse(out)).front.map(({ id }) => id);
    const fast = printed.front.filter(({ objectives }) => (objectives.latency.mean ?? 9) <= 0.3);
    expect(left).toEqual(fast.map(({ id }) => id));
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(printed.front.length);
  });

  test('front says which is nearest where nothing keeps its limits', async () => {
    const { code, out, err } = await cli(['front', 'met', '--bound', 'score>=0.99', '--max-latency', '10ms']);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('No points.') });
    // Of the run's own bounds the whole run decides.
    expect(out).toMatch(/Bounds latency<=1s, usd<=0\.0005: \d+ of \d+ points? meets? them/);
    expect(err).toMatch(
      /No point of the front keeps these limits\. Nearest is \w{12} \(.*\): score .*, latency/,
    );
    expect((await cli(['front', 'met', '--bound', 'latency<=1s'])).err).toBe('');
  });

  test('bounds may be given one by one, each objective once', async () => {
    const front = async (...more: string[]) => (await cli(['front', 'met', '--json', ...more])).out;
    const both = await front('--bound', 'latency<=1s,score>=0.3');
    expect(await front('--bound', 'latency<=1s', '--bound', 'score>=0.3')).toBe(both);
    expect(await front('--bound', 'score>=0.3')).not.toBe(both);
    const twice = await cli(['front', 'met', '--bound', 'latency<=1s', '--bound', 'latency<=2s']);
    expect(twice).toMatchObject({ code: 2, err: expect.stringContaining('Expected one bound on latency') });
  });

  test('resume of it is the same result', async () => {
    const before = readFileSync(join(folder, 'runs/met/front.json'), 'utf8');
    expect(await cli(['resume', 'met', '--no-report', '--json'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'runs/met/front.json'), 'utf8')).toBe(before);
  });
});

test('where nothing meets the bounds the result says so, and what is nearest', async () => {
  const less = ['--max-evaluations', '4'];
  const { code, out } = await tune('none', '--bound', 'score>=0.99,latency<=100ms', ...less);
  expect(code).toBe(0);
  const said = out.replaceAll(/\s+/g, ' ');
  expect(said).toContain('The strategy random does not search by bounds');
  expect(said).toContain(
    'No point that was measured meets the bounds score>=0.99, latency<=0.1s (simulated), so the best is chosen without them. Nearest is ',
  );
}, 240_000);

test('a job file holds them in a list, and is told which is wrong', async () => {
  const job = (bound: string): string =>
    `version: 1\ntask: contest-math\nmodels: [sim/wisp-1b]\nspace: small\nmaxEvaluations: 2\n${bound}\n`;
  writeFileSync(join(folder, 'list.yaml'), job('bound: [ "score>=0.2", "tokens<=2k" ]'));
  const more = ['--run', 'list', '--instances', '4', '--holdout-repeats', '0', '--no-report', '--json'];
  expect(await cli(['tune', 'list.yaml', ...more])).toMatchObject({ code: 0 });
  expect(fileOf('list', 'manifest.json')).toMatchObject({
    settings: { bounds: { score: 0.2, tokens: 2000 } },
  });
  writeFileSync(join(folder, 'wrong.yaml'), job('bound: [ "latency>=2s" ]'));
  const { code, err } = await cli(['tune', 'wrong.yaml']);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('latency<= and a value') });
  expect(err).toContain('wrong.yaml');
}, 240_000);

test('a bound on dollars wants prices', async () => {
  const { code, err } = await cli(['tune', 'contest-math', '--models', 'ollama/x', '--bound', 'usd<=0.01']);
  expect(code).toBe(2);
  expect(err).toMatch(/--bound: expected models whose prices are known .*no price for ollama\/x/);
});
