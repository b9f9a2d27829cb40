import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const outer = temporaryFolder('persistent-grader');

const program = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
appendFileSync('starts', process.pid + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, answer, gold } = JSON.parse(line);
  console.log(JSON.stringify({ id, value: answer.trim() === gold ? 1 : 0 }));
}
`;

function taskIn(name: string, grade = program): string {
  const folder = join(outer, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'grade.mjs'), grade);
  writeFileSync(
    join(folder, 'task.yaml'),
    'version: 1\nname: words\ndescription: Say the word.\nanswer: label\ngrader: { name: executable, command: [node, grade.mjs], persistent: true, timeLimitMs: 60000 }\n',
  );
  const rows = Array.from({ length: 8 }, (_, at) => ({
    id: `${at}`,
    input: `Say word ${at}.`,
    gold: `word${at % 3}`,
  }));
  writeFileSync(join(folder, 'instances.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  return folder;
}

/** The processes that were started; none of them is there any more, but as a zombie that nobody has collected. */
function endedIn(folder: string): number[] {
  const pids = readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').map(Number);
  for (const pid of pids) {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ' Z ';
    expect(stat).toMatch(/ [ZX] /);
  }
  return pids;
}

const tune = (folder: string, evaluations: number): string[] =>
  `tune ${folder} --models sim/heron-8b --max-evaluations ${evaluations} --no-cache --runs-dir ${join(folder, 'runs')}`.split(
    ' ',
  );

it('a run and a check of its task leave no process of a persistent grader', async () => {
  const folder = taskIn('whole');
  const context = testContext([...tune(folder, 1), '--json']);
  expect(await runCli(context), context.stderr.text).toBe(0);
  expect(JSON.parse(context.stdout.text).unscored).toBeUndefined();
  const first = endedIn(folder).length;
  const check = testContext(['task', 'check', folder]);
  expect(await runCli(check), check.stdout.text + check.stderr.text).toBe(0);
  expect(check.stdout.text).toContain('Gold answers:    8 of 8 get full marks');
  expect(endedIn(folder).length).toBeGreaterThan(first);
});

it('nor does one that Ctrl-C ends', async () => {
  const folder = taskIn('interrupted');
  const context = testContext(tune(folder, 5_000));
  const running = runCli(context);
  while (!existsSync(join(folder, 'starts'))) await new Promise((resolve) => setTimeout(resolve, 5));
  context.interrupt();
  expect(await running).toBe(130);
  expect(endedIn(folder).length).toBeGreaterThan(0);
});

it.skipIf(!thorough).each(['tune', 'score'])(
  'one that gives no grade is told of while %s waits for it',
  async (command) => {
    const waits = '  while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));\n';
    const silent = program
      .replace('{ appendFileSync }', '{ appendFileSync, existsSync }')
      .replace('  const {', `${waits}  const {`);
    const folder = taskIn(`silent-${command}`, silent);
    const argv =
      command === 'tune'
        ? tune(folder, 1)
        : `score preset:self-moa --models sim/heron-8b --task ${folder} --repeats 1 --no-cache`.split(' ');
    const context = testContext(argv, { clock: fastClock(20) });
    let ended = false;
    const running = runCli(context).finally(() => {
      ended = true;
    });
    const said = () => context.stdout.text + context.stderr.text;
    while (!said().includes('no grade has come') && !ended) await new Promise((r) => setTimeout(r, 20));
    writeFileSync(join(folder, 'go'), '');
    expect(await running, context.stderr.text).toBe(0);
    const told = /grader executable: no grade has come for \d+ s: it holds (?:an answer|\d+ answers)/;
    expect(said()).toMatch(told);
  },
);

it.skipIf(!thorough)(
  'one that keeps to the protocol only so that its grades are right is told of once, with how often',
  async () => {
    // Three of them; the one after them stays, lest there be one for each answer.
    const leaves = "  if (readFileSync('starts', 'utf8').split('\\n').length <= 4) process.exit(0);\n}";
    const restless = program.replace('{ appendFileSync }', '{ appendFileSync, readFileSync }');
    const folder = taskIn('restless', restless.replace(/^}$/m, leaves));
    const check = testContext(['task', 'check', folder]);
    expect(await runCli(check), check.stderr.text).toBe(0);
    const told =
      /the grading program "node grade.mjs" had to be started anew \d+ times; at first it ended with/g;
    expect(check.stdout.text.match(told)).toHaveLength(1);
    rmSync(join(folder, 'starts'));
    const context = testContext(tune(folder, 1));
    expect(await runCli(context), context.stderr.text).toBe(0);
    expect(context.stderr.text.match(told)).toHaveLength(1);
    const [run = ''] = readdirSync(join(folder, 'runs')).filter((name) => name.startsWith('words-'));
    expect(readFileSync(join(folder, 'runs', run, 'run.log'), 'utf8').match(told)).toHaveLength(1);
  },
);
