import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Database from 'libsql';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClaimVerdict } from '../../src/analysis/reproduce/verdicts.ts';
import { configId } from '../../src/domain/moa-config.ts';
import type { BestFile } from '../../src/run/folder/lock-schema.ts';
import { testContext } from '../support/cli.ts';
import { copyRun } from '../support/copy-run.ts';
import { startCountingEndpoint } from '../support/counting-endpoint.ts';
import { outcomeOf } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

let folder: string;
const taskText = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}? Answer with its name only."
grader: { name: contains }
repeats: 2
split: { holdout: 0.5 }
`;
const countries = [
  ['fr', 'France', 'Paris'],
  ['it', 'Italy', 'Rome'],
  ['jp', 'Japan', 'Tokyo'],
  ['pe', 'Peru', 'Lima'],
];
const instances = (list: readonly (readonly string[])[]): string =>
  list.map(([id, input, gold]) => `${JSON.stringify({ id, input, gold })}\n`).join('');

beforeAll(async () => {
  folder = temporaryFolder('reproduce');
  await mkdir(join(folder, 'tasks', 'capitals'), { recursive: true });
  await writeFile(join(folder, 'tasks', 'capitals', 'task.yaml'), taskText);
  await writeFile(join(folder, 'tasks', 'capitals', 'instances.jsonl'), instances(countries));
  for (const run of ['first', 'again']) {
    const { code } = await cli(
      `tune capitals --run ${run} --seed 5 --strategy evolution --max-evaluations 6 --json`,
    );
    expect(code).toBe(0);
  }
});

async function cli(
  line: string,
  changes: { env?: Record<string, string>; version?: string } = {},
  /** What somebody at a terminal types. */
  typed?: string,
) {
  const context = testContext(line.split(' '), {
    cwd: folder,
    ...changes,
    ...(typed === undefined ? {} : { stdin: Object.assign(Readable.from([typed]), { isTTY: true }) }),
  });
  if (typed !== undefined) Object.assign(context.stderr, { isTTY: true });
  return outcomeOf(context);
}

const readBest = async (run: string): Promise<BestFile> =>
  JSON.parse(await readFile(join(folder, 'runs', run, 'best.json'), 'utf8'));

/** Writes a changed copy of the first run's lock and returns its path. */
async function changedLock(name: string, change: (lock: Record<string, unknown> & BestFile) => unknown) {
  const lock = (await readBest('first')) as Record<string, unknown> & BestFile;
  await writeFile(join(folder, name), JSON.stringify(change(lock)));
  return name;
}

describe('the lock', () => {
  test('equal runs write equal locks but for where they were made', async () => {
    const [{ made: first, ...one }, { made: second, ...two }] = [
      await readBest('first'),
      await readBest('again'),
    ];
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
    expect([first.run, second.run]).toEqual(['first', 'again']);
  });

  test('holds hashes, seeds, prices, revisions, fingerprints and cells', async () => {
    const lock = await readBest('first');
    expect(lock).toMatchObject({ version: 1, simulated: true, task: 'capitals', seed: 5, worldSeed: 5 });
    expect(lock.taskHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys({ ...lock.instances.tuning, ...lock.instances.holdout }).sort()).toEqual([
      'fr',
      'it',
      'jp',
      'pe',
    ]);
    expect(Object.keys(lock.models).length).toBeGreaterThan(0);
    for (const model of Object.values(lock.models)) {
      expect(model.revision).toMatch(/#5/);
      expect(model.price?.outputPerMillion).toBeGreaterThan(0);
      expect(model.fingerprints).toEqual([`simulated-${model.revision}`]);
    }
    const { holdout, tuning } = lock.claims;
    expect(holdout?.evidence).toHaveLength(holdout?.cells ?? -1);
    expect(holdout?.objectives.score).toMatchObject(lock.member.holdout?.score ?? {});
    expect(tuning.sampleRepeats.every((repeat) => repeat < 1_000_000)).toBe(true);
    expect(holdout?.sampleRepeats.every((repeat) => repeat >= 1_000_000 && repeat < 2_000_000)).toBe(true);
  });

  test('any point can be exported as one', async () => {
    const best = await cli('export first best --format lock');
    expect(JSON.parse(best.out)).toEqual(await readBest('first'));
    const cheapest = JSON.parse((await cli('export first cheapest --format lock')).out) as BestFile;
    const shown = JSON.parse((await cli('show first cheapest --json')).out);
    expect(cheapest.member).toMatchObject({ id: shown.id, config: shown.config, holdout: shown.holdout });
    expect((await cli('export first cheapest --format lock --out cheapest.json')).code).toBe(0);
    expect((await cli('reproduce cheapest.json --repeats 6 --json')).code).toBe(0);
  });
});

describe('reproduce', () => {
  test('measures the holdout claim with fresh samples and states its test', async () => {
    const { code, out, err } = await cli('reproduce first --repeats 20');
    expect(out).toContain('All holdout claims held.');
    expect(out).toMatch(
      /\nSpent: \d+ calls, \S+ tokens in, \S+ out, \$\S+ \(simulated\), .* \(simulated\)\.\n/,
    );
    expect(code).toBe(0);
    expect(err).toMatch(
      /^Measuring the holdout claim again on the questions that it rests on: 40 answers, about \d+ calls, [\d.]+k tokens, \S+ \(simulated\)\.\n$/,
    );
    expect(out).toContain('(simulated)');
    expect(out).toMatch(/one-sided permutation test.*at most 5% of cases/);
    expect(out).toMatch(/tuning score.* not checked: not measured again/);
    // The same by lock file, to the byte but for its name.
    const byFile = await cli('reproduce runs/first/best.json --repeats 20');
    expect(byFile.out.replaceAll('runs/first/best.json', 'first best')).toBe(out);
  });

  test('names the option that makes it smaller, and what that would still find', async () => {
    const { err } = await cli('reproduce first');
    expect(err).toMatch(
      /\. That is \d+ answers to each question \(--repeats\).*; with --repeats \d+ a claim must be too good by about 6%/,
    );
  });

  test('asks as many fresh answers as a ceiling allows, and says so', async () => {
    const { err } = await cli('reproduce first');
    const [, answers = '', calls = ''] = /: (\d+) answers, about (\d+) calls/.exec(err) ?? [];
    const ceiling = Math.floor(Number(calls) / 3);
    const fitted = await cli(`reproduce first --max-calls ${ceiling}`);
    expect(fitted.err).toMatch(
      /\. That is \d+ answers to each question of \d+, what --max-calls allows by what the claim's own answers took; a claim must be too good by about \d+% more/,
    );
    const told = JSON.parse((await cli(`reproduce first --max-calls ${ceiling} --json`)).out);
    expect(told.cutOff).toBeUndefined();
    expect(told.answers.planned).toBeLessThanOrEqual(Number(answers) / 3);
    expect(told.answers).toMatchObject({ scored: told.answers.planned, unscored: 0 });
    expect(told.spent.calls).toBeGreaterThan(0.8 * ceiling);
    // Asked for, more are tried.
    const asked = await cli('reproduce first --repeats 20 --max-tokens 1');
    expect(asked.err).toContain('--max-tokens does not allow one answer to each question');
    expect(asked.out).toMatch(/0 of 40 answers were measured/);
  });

  test.skipIf(!thorough)('cut off, it says so and gives verdicts from what there is', async () => {
    const { code, out } = await cli('reproduce first --repeats 20 --max-calls 9');
    expect(out).toMatch(/Cut off \(a ceiling was reached\): \d+ of 40 answers were measured \(\d+%\)/);
    expect(out).toMatch(/holdout score .* held/);
    expect(code).toBe(0);
    const told = JSON.parse((await cli('reproduce first --repeats 20 --max-calls 9 --json')).out);
    expect(told).toMatchObject({ cutOff: 'ceiling', answers: { planned: 40 }, verdict: 'held' });
    expect(told.answers.scored).toBeLessThan(40);
    // Not a single answer, not a verdict.
    const none = JSON.parse((await cli('reproduce first --repeats 20 --max-tokens 1 --json')).out);
    expect(none).toMatchObject({ verdict: 'unchecked', answers: { scored: 0 } });
  });

  test('only the questions that the claim rests on are asked again', async () => {
    const file = await changedLock('part.json', (lock) => {
      const { holdout } = lock.claims;
      const [first] = holdout?.evidence ?? [];
      const evidence = (holdout?.evidence ?? []).filter(({ instance }) => instance === first?.instance);
      return { ...lock, claims: { ...lock.claims, holdout: { ...holdout, evidence } } };
    });
    const { answers, spent } = JSON.parse((await cli(`reproduce ${file} --repeats 5 --json`)).out);
    expect(answers.planned).toBe(5);
    expect(spent.calls).toBeGreaterThanOrEqual(5);
  });

  test.skipIf(!thorough)('another draw has other samples; the tuning claim on demand', async () => {
    const json = async (line: string) =>
      JSON.parse((await cli(`reproduce first --repeats 8 --json ${line}`)).out);
    const [one, same, other] = [await json('--draw 1'), await json('--draw 1'), await json('--draw 2')];
    expect(one).toEqual(same);
    expect(one.claims[1].fresh).not.toEqual(other.claims[1].fresh);
    const tuning = await json('--split tuning');
    expect(tuning.claims[0]).toMatchObject({ split: 'tuning', objective: 'score', cells: { fresh: 16 } });
  });

  const better = [
    ['score', 'holdout', -0.5],
    ['latency', 'holdout', 0.5],
    ['tokens', 'objectives', 0.5],
  ] as const;
  test.each(sampled(better, 3))(
    'a lock whose %s was written better does not hold',
    async (objective, where, change) => {
      const file = await changedLock(`better-${objective}.json`, (lock) => {
        const figures = lock.member[where] as Record<string, { mean: number }>;
        const figure = figures[objective] as { mean: number };
        // Scores may already be perfect, so they are lowered: any figure that its cells do not give is wrong.
        figure.mean = objective === 'score' ? figure.mean + change : figure.mean * change;
        return lock;
      });
      const { code, out } = await cli(`reproduce ${file} --repeats 4`);
      expect(out).toMatch(new RegExp(`${objective} DID NOT HOLD: it does not follow from the cells`));
      expect(code).toBe(1);
    },
  );

  test.skipIf(!thorough)(
    'a lock whose cells were made better too is found out by fresh samples',
    async () => {
      const { claimedObjectives } = await import('../../src/run/folder/lock.ts');
      const file = await changedLock('faster.json', (lock) => {
        const { holdout } = lock.claims;
        const evidence = (holdout?.evidence ?? []).map((cell) => ({
          ...cell,
          latency: (cell.latency ?? 0) / 4,
        }));
        const objectives = claimedObjectives(evidence);
        const stated = Object.fromEntries(
          Object.entries(objectives).map(([name, { mean, low, high }]) => [name, { mean, low, high }]),
        );
        return {
          ...lock,
          member: { ...lock.member, holdout: stated },
          claims: { ...lock.claims, holdout: { ...holdout, evidence, objectives } },
        };
      });
      const { code, out } = await cli(`reproduce ${file}`);
      // Beside the run its journal tells; elsewhere only fresh samples do.
      expect(out).toMatch(
        /holdout score, .* DID NOT HOLD: the cells it rests on are not those in the run's journal/,
      );
      expect(code).toBe(1);
      const apart = await cli(`reproduce ${file} --runs-dir elsewhere`);
      expect(apart.out).toMatch(/\nholdout latency DID NOT HOLD: fresh samples say otherwise/);
      expect(apart.code).toBe(1);
    },
  );

  test.skipIf(!thorough)('what differs is said, and a changed task leaves nothing to check', async () => {
    const other = await cli('reproduce first --repeats 4', { version: '9.9.9' });
    expect(other.out).toContain('The lock was made by mixtune 0.0.0-test, this is 9.9.9.');
    await mkdir(join(folder, 'changed'));
    await writeFile(join(folder, 'changed', 'task.yaml'), taskText);
    const list = countries.map((row) => (row[0] === 'jp' ? ['jp', 'Japan', 'Kyoto'] : row));
    await writeFile(join(folder, 'changed', 'instances.jsonl'), instances(list));
    for (const source of ['first', 'runs/first/best.json']) {
      const { code, out } = await cli(`reproduce ${source} --task ./changed`);
      expect(out).toContain("The task differs from the lock's: instances changed: jp.");
      expect(out).toContain('No claim could be checked.');
      expect(code).toBe(1);
    }
    const gone = await cli('reproduce first --task ./nowhere');
    expect(gone.out).toContain('the task is gone');
    expect(gone.code).toBe(1);
  });

  test.skipIf(!thorough)(
    'another price or grader leaves that claim unchecked, the others checked',
    async () => {
      const file = await changedLock('price.json', (lock) => ({
        ...lock,
        grader: { ...lock.grader, revision: 'older' },
      }));
      // The lock's own prices would be kept.
      const models = Object.keys((await readBest('first')).models).map(
        (name) => `  ${name}: { input: 1, output: 99 }\n`,
      );
      await writeFile(join(folder, 'dear.yaml'), `checked: 2026-11-22\nmodels:\n${models.join('')}`);
      const { out } = await cli(`reproduce ${file} --repeats 4 --prices dear.yaml --json`);
      const { claims, notes } = JSON.parse(out) as { claims: ClaimVerdict[]; notes: string[] };
      const reason = (objective: string) =>
        claims.find((claim) => claim.split === 'holdout' && claim.objective === objective)?.reason;
      expect(reason('score')).toMatch(/the grader has changed since/);
      expect(reason('usd')).toMatch(/the price of sim\/\S+ has changed since/);
      expect(reason('latency')).toMatch(/fresh samples/);
      expect(reason('tokens')).toMatch(/fresh samples/);
      expect(notes).toHaveLength(2);
    },
  );

  test('a model without its key, or gone, is said', async () => {
    const file = await changedLock('keyless.json', (lock) => {
      const text = JSON.stringify(lock).replaceAll(/sim\/[a-z0-9-]+/g, 'openai/gpt-4o-mini');
      const other = JSON.parse(text) as BestFile;
      return { ...other, member: { ...other.member, id: configId(other.member.config) } };
    });
    const { code, out } = await cli(`reproduce ${file}`);
    expect(out).toMatch(/not checked: the models cannot be reached \(.*OPENAI_API_KEY/);
    expect(out).toContain('No claim could be checked.');
    expect(code).toBe(1);
    const swapped = await changedLock('swapped.json', (lock) => ({
      ...lock,
      member: { ...lock.member, id: 'f'.repeat(12) },
    }));
    expect((await cli(`reproduce ${swapped}`)).out).toContain('the config in the lock is not the one');
  });

  test.skipIf(!thorough)('a budget ends it early, which is said', async () => {
    const { out } = await cli('reproduce first --repeats 30 --max-calls 25');
    expect(out).toMatch(/Cut off \(a ceiling was reached\): \d+ of 60 answers were measured/);
    const { out: none, code } = await cli('reproduce first --max-calls 1');
    expect(none).toContain('No claim could be checked.');
    expect(code).toBe(1);
  });

  test.each([
    ['reproduce nowhere', /expected a run folder/],
    ['reproduce tasks/none.json', /expected a lock.*no such file/],
    ['reproduce first nonsense', /expected a point of the run/],
    ['reproduce runs/first/front.json', /front\.json/],
  ])('%s is bad input', async (line, message) => {
    const { code, err } = await cli(line);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('reproduce --from-cache', () => {
  test.each(sampled(['first', 'first cheapest', 'runs/first/best.json'], 3))(
    '%s matches to the last bit',
    async (source) => {
      const { code, out } = await cli(`reproduce ${source} --from-cache`);
      expect(out).toContain('Everything matches to the last bit.');
      expect(code).toBe(0);
    },
  );

  test('says what differs where an answer in the journal was changed, or is gone', async () => {
    const { holdout } = (await readBest('first')).claims;
    expect(holdout?.cells).toBeGreaterThan(0);
    copyRun(join(folder, 'runs', 'first'), join(folder, 'runs', 'forged'));
    const database = new Database(join(folder, 'runs', 'forged', 'journal.sqlite'));
    // Without the checksum that stands before it, as journals of earlier versions have it.
    database.exec(`UPDATE answers SET response = json_set(substr(response, 10), '$.serviceMs', 1)`);
    database.close();
    const forged = await cli('reproduce forged --from-cache');
    expect(forged.out).toMatch(/measurement: recorded .*, now/);
    expect(forged.out).toMatch(/DIFFERS/);
    expect(forged.code).toBe(1);
    const again = new Database(join(folder, 'runs', 'forged', 'journal.sqlite'));
    again.exec('DELETE FROM answers');
    again.close();
    const empty = await cli('reproduce forged --from-cache');
    expect(empty.out).toMatch(/The journal does not hold \d+ of the calls/);
    expect(empty.code).toBe(1);
  });

  test('needs the run', async () => {
    const file = await changedLock('alone.json', (lock) => ({
      ...lock,
      made: { ...lock.made, run: 'elsewhere' },
    }));
    const { code, err } = await cli(`reproduce ${file} --from-cache`);
    expect(err).toMatch(/--from-cache: expected the run that made the lock \(elsewhere\)/);
    expect(code).toBe(2);
  });
});

test.skipIf(!thorough)('on a terminal it asks before it spends more than an amount', async () => {
  const endpoint = await startCountingEndpoint();
  try {
    const models = `--base-url ${endpoint.url} --models tiny --strategy random --max-evaluations 1`;
    expect(await cli(`tune capitals --run real ${models}`)).toMatchObject({ code: 0 });
    const spent = async (options: string, typed?: string) => {
      const before = endpoint.counts.asked;
      const { code, err } = await cli(
        `reproduce real --base-url ${endpoint.url} --repeats 2${options}`,
        {},
        typed,
      );
      return { code, asked: err.includes('Start? [y/N]'), calls: endpoint.counts.asked - before };
    };
    expect(await spent(' --confirm-above 0', 'n\n')).toEqual({ code: 1, asked: true, calls: 0 });
    expect(await spent('', 'n\n')).toMatchObject({ asked: false, calls: 4 });
    expect(await spent(' --draw 2 --confirm-above 0', 'y\n')).toMatchObject({ asked: true, calls: 4 });
    expect(await spent(' --draw 3 --confirm-above 0 --yes', 'n\n')).toMatchObject({ asked: false, calls: 4 });
    expect(await spent(' --draw 4 --confirm-above 0')).toMatchObject({ asked: false, calls: 4 });
  } finally {
    await endpoint.close();
  }
});
