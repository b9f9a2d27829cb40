import { existsSync } from 'node:fs';
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import type { PythonSandbox } from '../../src/grading/grader.ts';
import { graderKinds } from '../../src/grading/registry.ts';
import { testContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const repository = resolve(import.meta.dirname, '../..');
const data = resolve(repository, '../shared/data/tasks');
let folder: string;

beforeAll(async () => {
  folder = temporaryFolder('task');
  const rows = Array.from({ length: 40 }, (_, n) => `${n},"What is ${n} + ${n}?",${2 * n}`);
  await writeFile(join(folder, 'sums.csv'), `id,question,total\n${rows.join('\n')}\n`);
});

const cli = (argv: readonly string[]) => runLine(argv, { cwd: folder, packageFolder: repository });
const words = (line: string): string[] => line.split(' ');
const sums = words('task import sums.csv --input question --gold total --name');

describe('task import', () => {
  it.skipIf(!thorough)('previews without writing', async () => {
    const { code, out, err } = await cli([...sums, 'sums', '--preview']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('sums: 40 instances (20 tuning, 20 holdout) from CSV');
    expect(out).toContain('Grader: numeric, because all 40 gold answers are numbers');
    expect(out.match(/input: What is/g)).toHaveLength(3);
    expect(out).toContain('Nothing was written');
    expect(existsSync(join(folder, 'tasks'))).toBe(false);
  });

  it('writes a task that is listed, checked and tuned', async () => {
    const made = await cli([...sums, 'sums', '--json']);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({
      ...{ name: 'sums', format: 'CSV', grader: 'numeric', instances: 40, tuning: 20, holdout: 20 },
      folder: join(folder, 'tasks', 'sums'),
    });
    expect(await readdir(join(folder, 'tasks', 'sums'))).toEqual(['instances.jsonl', 'task.yaml']);
    expect((await cli(['tasks'])).out).toMatch(/sums +20 +20 +numeric/);
    const check = await cli(words('task check sums --json'));
    expect(check.code).toBe(0);
    expect(JSON.parse(check.out)).toMatchObject({ task: 'sums', passed: true, gold: { full: 40 } });
    const line =
      'tune sums --models sim/finch-3b,sim/heron-8b --strategy random --instances 4 --max-evaluations 4 --run few --json';
    const tuned = await cli(words(line));
    expect(tuned.code).toBe(0);
    expect(JSON.parse(tuned.out)).toMatchObject({ evaluations: 4 });
    const manifest = JSON.parse(await readFile(join(folder, 'runs', 'few', 'manifest.json'), 'utf8'));
    expect(manifest.task).toMatchObject({ name: 'sums', tuningInstances: 4 });
    expect((await cli(words('resume few --json'))).code).toBe(0);
  });

  it('says what task.yaml is to have first where a name alone is no grader', async () => {
    const made = await cli([...sums, 'own', '--grader', 'module']);
    expect(made.code).toBe(0);
    const [, line = ''] = /what grades.*, such as\n +(grader: .*)\n *Check it:/s.exec(made.out) ?? [];
    expect(line).toBe('grader: { name: module, path: grade.mjs }');
    expect(await cli(words('task check own'))).toMatchObject({ code: 2 });
    const file = join(folder, 'tasks/own/task.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/grader:\n +name: module/, line));
    const grade = 'export default ({ answer, instance }) => answer === String(instance.gold);';
    await writeFile(join(folder, 'tasks/own/grade.mjs'), grade);
    expect(await cli(words('task check own'))).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        'Note: The simulated models GUESS: they have no way to know what answers the grader module takes',
      ),
    });
    // Whoever has a key tunes with that provider's models.
    const context = testContext(words('task check own'), {
      ...{ cwd: folder, packageFolder: repository, env: { GROQ_API_KEY: 'k' } },
    });
    expect(await runCli(context)).toBe(0);
    expect(context.stdout.text).not.toContain('GUESS');
  });

  test.each(graderKinds.map(({ name, example }) => [name, example] as const))(
    'of %s it knows whether its name alone will do',
    (name, example) => {
      const dependencies = { python: {} as PythonSandbox, taskFolder: folder };
      expect(createGrader({ name }, dependencies).ok).toBe(example === undefined);
      if (example !== undefined) expect(parse(example)).toMatchObject({ name });
    },
  );

  it('replaces a task only when forced', async () => {
    await cli([...sums, 'twice']);
    const again = await cli([...sums, 'twice']);
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/--name: expected a name that is not taken \(or --force\), found .*twice/);
    expect((await cli([...sums, 'twice', '--force'])).code).toBe(0);
  });

  test.each<[string, readonly string[], string]>([
    [
      'no such file',
      words('task import no.csv --name x --input a --gold b'),
      'no.csv: expected a data file that can be read, found no such file',
    ],
    [
      'a folder',
      words('task import . --name x --input a --gold b'),
      'found something that is no regular file',
    ],
    [
      'a field that is not there',
      words('task import sums.csv --name x --input questoin --gold total'),
      '(did you mean "question"?)',
    ],
    ['a grader that does not exist', [...sums, 'x', '--grader', 'numerical'], '(did you mean "numeric"?)'],
    [
      'gold of another kind',
      words('task import sums.csv --name x --input total --gold question --grader choice'),
      'sums.csv:2 at question: expected a letter of a choice (for the grader choice), found "What is 0 + 0?"',
    ],
    ['a name that leads elsewhere', [...sums, '../x'], '--name: expected lower-case words joined by hyphens'],
    [
      'a prompt without a place for the question',
      [...sums, 'x', '--prompt', 'Answer'],
      '--prompt: expected a text with {{input}}',
    ],
    [
      'missing options',
      words('task import sums.csv --input question'),
      'sums.csv: expected --name, --gold on the command line (its fields: id, question, total)',
    ],
    [
      'no options at all',
      words('task import sums.csv'),
      'expected --name, --input, --gold on the command line (its fields: id, question, total; probably --input question)\n',
    ],
    ['a missing file, whatever else is', words('task import none.csv'), 'none.csv: expected a data file'],
  ])('exits with 2 for %s', async (_, argv, message) => {
    const { code, err, out } = await cli(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(existsSync(join(folder, 'tasks', 'x'))).toBe(false);
  });

  it('writes through no link', async () => {
    await symlink(tmpdir(), join(folder, 'tasks', 'linked'));
    const { code, err } = await cli([...sums, 'linked', '--force']);
    expect(code).toBe(2);
    expect(err).toContain('a link elsewhere');
  });
});

describe('task check', () => {
  it('says now and then how far it is', async () => {
    let now = 0;
    const clock = { ...createRealClock(), now: () => (now += 2_000) };
    const context = testContext(words('task check contest-math --instances 5'), { cwd: repository, clock });
    expect(await runCli(context)).toBe(0);
    expect(context.stderr.text).toMatch(/^(?:Checking … \d+ of \d+ gradings\n){2,}$/);
  });

  it.each([true, undefined])(
    'says how far it is on a terminal (%s), and nothing elsewhere',
    async (isTTY) => {
      await cli([...sums, 'followed', '--force']);
      const context = testContext(words('task check followed'), { cwd: folder, packageFolder: repository });
      Object.assign(context.stderr, { isTTY });
      expect(await runCli(context)).toBe(0);
      const said = context.stderr.text;
      if (isTTY === undefined) expect(said).toBe('');
      else {
        expect(said).toMatch(/Checking … 1 of (\d+) gradings.*Checking … \1 of \1 gradings\s+\S+$/s);
        expect(said.endsWith('\r\u001b[K')).toBe(true);
      }
    },
  );

  it('exits with 1 where a wrong answer gets full marks, and shows it', async () => {
    await cli([...sums, 'gullible', '--grader', 'regex', '--force']);
    const path = join(folder, 'tasks', 'gullible', 'task.yaml');
    const yaml = await readFile(path, 'utf8');
    await writeFile(path, yaml.replace(/name: regex/, "name: regex\n  pattern: '.*'"));
    const { code, out } = await cli(words('task check gullible'));
    expect(code).toBe(1);
    expect(out).toMatch(
      /\nThe check FAILED: \d+ of \d+ wrong answers get full marks; a constant answer gets 100% of what the gold answers get\.\n$/,
    );
    expect(out).toMatch(/! \d+, I don't know: 1\.000/);
  });

  it('shows what was measured', async () => {
    const { code, out } = await cli(words('task check support-intent --instances 40'));
    expect(code).toBe(0);
    expect(out).toContain('support-intent, graded by classification: 40 instances checked');
    expect(out).toContain('Gold answers:    40 of 40 get full marks');
    expect(out).toMatch(/Noise: +0 of 10 answers got different values in 5 gradings/);
    // Each of twenty intents is the gold answer of eight questions of 160.
    expect(out).toMatch(/^Constant answer: 0\.0[5-9]\d \(macro-F1 0\.0\d\d\) at best, with "\w+"$/m);
  });

  it.skipIf(!thorough)('tells once why nothing can be graded', async () => {
    await cli([...sums, 'broken', '--grader', 'executable', '--force']);
    const path = join(folder, 'tasks', 'broken', 'task.yaml');
    const yaml = await readFile(path, 'utf8');
    await writeFile(path, yaml.replace(/name: executable/, 'name: executable\n  command: [node, lost.mjs]'));
    const { code, out } = await cli(words('task check broken --instances 3'));
    expect(code).toBe(1);
    expect(out.match(/^! /gm)).toHaveLength(1);
    expect(out).toMatch(/^! \d+, gold: unscored for .*; for the same reason \d+ more$/m);
  });

  it('has a simulated judge judge', async () => {
    const { code, out } = await cli(words('task check open-questions --instances 4 --json'));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ grader: 'judge', gold: { graded: 4 }, wrong: { unscored: 0 } });
  });

  test.each([
    [
      '--judge for a task without one',
      words('task check support-intent --judge sim/sage-70b'),
      '--judge: expected a task that is graded by a judge',
    ],
    ['an unknown task', words('task check no-such'), 'expected one of'],
  ])('exits with 2 for %s', async (_, argv, message) => {
    const { code, err } = await cli(argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test('grade asks the judge of a task', async () => {
  await writeFile(join(folder, 'plan.txt'), 'Stay at home.');
  const argv = words('grade open-questions plan.txt --instance trip-plan-001 --json');
  const { code, out } = await cli(argv);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ scored: true, points: 0, max: 1 });
});

describe('options for the holdout', () => {
  // Both would be met at the end of a night only, by a holdout without scores.
  const refused: readonly (readonly [string, string, string])[] = [
    ['a judge without its key', '{ model: openai/gpt-4o-mini }', 'OPENAI_API_KEY'],
    ['misspelt', '{ lenghtPenalty: 1 }', 'lenghtPenalty'],
    ['of another grader', '{ name: exact }', "holdoutGrader.name: expected the task's grader, judge"],
  ];
  test.each(sampled(refused, 2))('%s are refused before the first call', async (_, options, message) => {
    const own = join(folder, 'own-holdout');
    await cp(join(repository, 'tasks/open-questions'), own, { recursive: true });
    const file = join(own, 'task.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}\nholdoutGrader: ${options}\n`);
    const { code, err } = await cli(words('tune ./own-holdout --models sim/finch-3b --max-evaluations 1'));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it.skipIf(!thorough)('may name a second judge, whose calls count, and whom --judge replaces', async () => {
    const own = join(folder, 'two-judges');
    await cp(join(repository, 'tasks/open-questions'), own, { recursive: true });
    const file = join(own, 'task.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}\nholdoutGrader: { model: openai/gpt-4o-mini }\n`);
    const line =
      'tune ./two-judges --judge sim/sage-70b --models sim/finch-3b --strategy random --instances 4 --max-evaluations 4 --max-calls 80 --json';
    const { code, out, err } = await cli(words(line));
    expect({ code, err: err.includes('OPENAI') }).toEqual({ code: 0, err: false });
    expect(JSON.parse(out).spent.calls).toBeLessThanOrEqual(80);
  });
});

describe('tuning', () => {
  it('takes no simulated judge for real models', async () => {
    const { code, err } = await cli(
      words('rehearse open-questions --models openai/gpt-4o-mini --max-evaluations 2'),
    );
    expect(code).toBe(2);
    expect(err).toContain(
      '--judge: expected a model that can judge real answers, as provider/model, found sim/',
    );
  });

  test.each(
    sampled(
      [
        'contest-math',
        'support-intent',
        'ticket-extraction',
        'open-questions',
        'ticket-summary',
        'code-repair',
      ],
      6,
    ),
  )(
    '%s runs with simulated models',
    async (name) => {
      const line = `tune ${name} --models sim/finch-3b,sim/sage-70b --instances 4 --max-evaluations 3 --holdout-repeats 0 --json`;
      const { code, out } = await cli(words(line));
      expect(code).toBe(0);
      const { front, evaluations } = JSON.parse(out);
      expect(evaluations).toBe(3);
      expect(front.length).toBeGreaterThan(0);
    },
    60_000,
  );
});

const others: [string, string, string, number][] = [
  ['banking77', '--gold gold', 'classification', 231],
  ['restaurant8k_slots', '--gold gold_slots', 'extraction', 200],
  ['mbpp', '--gold tests --reference reference_code', 'code-tests', 200],
];

// The recorded data sets are no part of the repository; without them there is nothing to import.
describe.skipIf(!thorough || !existsSync(data))(
  'data sets of ../shared/data/tasks (skipped where that folder is absent)',
  () => {
    beforeAll(() => cp(data, join(folder, 'data'), { recursive: true }));

    test.each<[string, string, string, number]>([['gsm8k', '--gold gold', 'numeric', 200], ...others])(
      '%s is imported, passes its check and is tuned',
      async (file, fields, grader, count) => {
        const name = file.replace(/_.*/, '');
        const made = await cli(
          words(`task import data/${file}.jsonl.gz --name ${name} --input input ${fields} --json`),
        );
        expect(made.err).toBe('');
        expect(JSON.parse(made.out)).toMatchObject({ grader, instances: count });
        const check = await cli(words(`task check ${name} --instances 40 --json`));
        expect(JSON.parse(check.out)).toMatchObject({
          passed: true,
          gold: { graded: 40, full: 40 },
          wrong: { full: 0 },
        });
        const line = `tune ${name} --models sim/finch-3b,sim/sage-70b --instances 4 --max-evaluations 3 --holdout-repeats 0 --run ${name} --json`;
        const tuned = await cli(words(line));
        expect(tuned.code).toBe(0);
        expect(JSON.parse(tuned.out)).toMatchObject({ evaluations: 3 });
      },
      60_000,
    );
  },
);
