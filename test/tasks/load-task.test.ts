import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { type Instance, questionOf } from '../../src/domain/task.ts';
import { graderNeedsGold } from '../../src/grading/create-grader.ts';
import { loadTask } from '../../src/tasks/load-task.ts';
import { splitTask } from '../../src/tasks/split-task.ts';
import { nodeTaskFiles } from '../../src/tasks/task-files.ts';
import { listTaskFolders } from '../../src/tasks/task-folders.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const shipped = join(import.meta.dirname, '../../tasks');
const yaml = 'version: 1\nname: demo\ndescription: A demo.\ngrader:\n  name: exact\n';
const lines = (...rows: readonly unknown[]): string =>
  `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const good = lines({ id: 'a', input: 'x', gold: '1' }, { id: 'b', input: 'y', gold: '2' });

let root = '';
beforeAll(async () => {
  root = temporaryFolder('tasks');
});

async function taskFolder(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  return folder;
}

async function faultOf(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await taskFolder(name, files);
  const loaded = await loadTask(folder, { tasksFolders: [], needsGold: graderNeedsGold });
  if (loaded.ok) throw new Error('expected a fault');
  expect(loaded.error.exitCode).toBe(2);
  return loaded.error.message.replaceAll(folder, 'T');
}

describe('loadTask', () => {
  it('loads the code challenge by name', async () => {
    const task = unwrap(
      await loadTask('code-challenge', { tasksFolders: [shipped], needsGold: graderNeedsGold }),
    );
    expect(task).toMatchObject({
      name: 'code-challenge',
      answer: 'code',
      repeats: 4,
      grader: { name: 'user-metrics-120', scoring: 'workshop' },
      holdoutGrader: { scoring: 'strict' },
    });
    expect(task.tuning).toEqual(task.holdout);
    const question = questionOf(task, task.tuning[0] as Instance);
    for (const word of [
      'calculate_user_metrics(users, start_date, end_date)',
      'days_active',
      'posts * 2 + comments * 1.5 + likes * 0.1',
    ]) {
      expect(question).toContain(word);
    }
  });

  it('fills in defaults, and loads by folder and by task.yaml alike', async () => {
    const folder = await taskFolder('plain', { 'task.yaml': yaml, 'instances.jsonl': `\ufeff\n${good}\r\n` });
    const task = unwrap(await loadTask(folder, { tasksFolders: [] }));
    expect(task).toMatchObject({
      answer: 'text',
      repeats: 1,
      objectives: ['score', 'latency', 'tokens'],
      folder,
    });
    expect([task.tuning.length, task.holdout.length]).toEqual([1, 1]);
    expect(unwrap(await loadTask(join(folder, 'task.yaml'), { tasksFolders: [] }))).toEqual(task);
    for (const [name, found] of [
      ['no such', 'which does not exist'],
      ['plain/instances.jsonl', 'which is no folder'],
    ] as const) {
      const path = join(root, name);
      const missing = await loadTask(path, { tasksFolders: [] });
      expect(missing.ok ? '' : missing.error.message).toContain(`found ${path}, ${found}`);
    }
    expect(unwrap(await loadTask('plain', { tasksFolders: [join(root, 'none'), root] }))).toEqual(task);
  });

  it('changes its hash with either file', async () => {
    const hash = async (name: string, task: string, rows: string): Promise<string> =>
      unwrap(
        await loadTask(await taskFolder(name, { 'task.yaml': task, 'instances.jsonl': rows }), {
          tasksFolders: [],
        }),
      ).hash;
    const hashes = [
      await hash('h1', yaml, good),
      await hash('h2', `${yaml}repeats: 2\n`, good),
      await hash('h3', yaml, good.replace('"x"', '"z"')),
    ];
    expect(new Set(hashes).size).toBe(3);
    expect(await hash('h4', yaml, good)).toBe(hashes[0]);
  });

  it('names an unknown task and the one that was meant', async () => {
    const loaded = await loadTask('code-chalenge', { tasksFolders: [shipped] });
    if (loaded.ok) throw new Error('expected a fault');
    expect(loaded.error.issues[0]).toMatchObject({ found: '"code-chalenge"', suggestion: 'code-challenge' });
    expect((await loadTask('./no/such', { tasksFolders: [] })).ok).toBe(false);
  });

  it.each([
    [
      'an unknown key',
      { 'task.yaml': `${yaml}repeat: 2\n`, 'instances.jsonl': good },
      /T\/task\.yaml:6 at repeat: .*unknown key.*did you mean "repeats"/,
    ],
    [
      'a wrong type',
      { 'task.yaml': `${yaml}repeats: many\n`, 'instances.jsonl': good },
      /T\/task\.yaml:6 at repeats: expected a whole number.*found "many"/,
    ],
    [
      'broken YAML',
      { 'task.yaml': 'name: [', 'instances.jsonl': good },
      /T\/task\.yaml:1: expected valid YAML/,
    ],
    [
      'no task file',
      { 'instances.jsonl': good },
      /T\/task\.yaml: expected a file of the task, found no such file/,
    ],
    ['no instances file', { 'task.yaml': yaml }, /T\/instances\.jsonl: .*no such file/],
    ['no instances', { 'task.yaml': yaml, 'instances.jsonl': '\n\n' }, /at least one instance/],
    [
      'a line that is no JSON',
      { 'task.yaml': yaml, 'instances.jsonl': `${good}{oops\n` },
      /T\/instances\.jsonl:3: expected one JSON object a line/,
    ],
    [
      'a gold nested without end',
      {
        'task.yaml': yaml,
        'instances.jsonl': `${good}{"id":"c","input":"x","gold":${'['.repeat(1e5)}${']'.repeat(1e5)}}\n`,
      },
      /T\/instances\.jsonl:3: .*nested deeper than 200 levels/,
    ],
    [
      'an instance without input',
      { 'task.yaml': yaml, 'instances.jsonl': lines({ id: 'a', gold: 1 }) },
      /T\/instances\.jsonl:1 at input: expected a string, found nothing/,
    ],
    [
      'an instance without gold',
      { 'task.yaml': yaml, 'instances.jsonl': lines({ id: 'a', input: 'x' }) },
      /T\/instances\.jsonl:1 at gold: .*found nothing/,
    ],
    [
      'a duplicate id',
      { 'task.yaml': yaml, 'instances.jsonl': good + good },
      /T\/instances\.jsonl:3 at id: expected an id not used before \(line 1 has it\), found "a"/,
    ],
    [
      'bytes that are not UTF-8',
      { 'task.yaml': yaml, 'instances.jsonl': new Uint8Array([0x7b, 0xff, 0xfe]) },
      /not UTF-8/,
    ],
    [
      'an instances path that leads outside',
      { 'task.yaml': `${yaml}instances: ../plain/instances.jsonl\n`, 'instances.jsonl': good },
      /at instances: expected a file inside the task's folder/,
    ],
    [
      'an absolute instances path',
      { 'task.yaml': `${yaml}instances: /etc/passwd\n`, 'instances.jsonl': good },
      /at instances: expected a file inside/,
    ],
    [
      'a folder as instances',
      { 'task.yaml': `${yaml}instances: .\n`, 'instances.jsonl': good },
      /expected a file inside/,
    ],
  ])('refuses %s', async (name, files, message) => {
    expect(await faultOf(name.replaceAll(' ', '-'), files as Record<string, string>)).toMatch(message);
  });

  it('refuses half of a character, with which a run could not be read again', async () => {
    const odd = 'version: 1\nname: demo\ndescription: "half \\uD800"\ngrader:\n  name: exact\n';
    expect(await faultOf('half', { 'task.yaml': odd, 'instances.jsonl': good })).toBe(
      'T/task.yaml at description: expected whole characters, found half of a character (a lone surrogate)',
    );
  });

  it('does not follow a symbolic link out of the folder, and follows one inside', async () => {
    const folder = await taskFolder('linked', { 'task.yaml': yaml, 'real.jsonl': good });
    await symlink('real.jsonl', join(folder, 'instances.jsonl'));
    expect((await loadTask(folder, { tasksFolders: [] })).ok).toBe(true);
    const outside = await taskFolder('escaping', { 'task.yaml': yaml });
    await symlink(join(folder, 'real.jsonl'), join(outside, 'instances.jsonl'));
    const loaded = await loadTask(outside, { tasksFolders: [] });
    expect(!loaded.ok && loaded.error.message).toMatch(/inside the task's folder/);
  });

  it('reports at most twenty faults and how many more there are', async () => {
    const rows = lines(...Array.from({ length: 30 }, (_, index) => ({ id: `i${index}` })));
    expect(await faultOf('many', { 'task.yaml': yaml, 'instances.jsonl': rows })).toMatch(
      /found (10|40) more faults/,
    );
  });
});

describe('listTaskFolders', () => {
  it('finds what holds a task file, whole or broken', async () => {
    await taskFolder('list/one', { 'task.yaml': yaml });
    await taskFolder('list/two', { 'task.yaml': 'name: [' });
    await taskFolder('list/three', { 'README.md': '' });
    const folders = await listTaskFolders([join(root, 'list'), join(root, 'none')], nodeTaskFiles);
    expect(folders.map((folder) => basename(folder)).sort()).toEqual(['one', 'two']);
  });
});

describe('splitTask', () => {
  const instances = fc
    .uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 60 })
    .chain((ids) =>
      fc.tuple(
        ...ids.map((id) =>
          fc.record({ id: fc.constant(id), input: fc.constant(''), label: fc.constantFrom('a', 'b', 'c') }),
        ),
      ),
    );
  const split = fc.record({ holdout: fc.double({ min: 0, max: 0.9, noNaN: true }), seed: fc.integer() });

  it('parts instances without loss, in order, near the share in all and for each label (property)', () => {
    fc.assert(
      fc.property(instances, split, (all, options) => {
        const { tuning, holdout } = splitTask(all, options);
        expect([...tuning, ...holdout].map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
        expect(tuning).toEqual(all.filter((instance) => tuning.includes(instance)));
        const wanted =
          options.holdout === 0
            ? 0
            : Math.min(all.length - 1, Math.max(1, Math.round(all.length * options.holdout)));
        expect(holdout).toHaveLength(wanted);
        for (const label of ['a', 'b', 'c']) {
          const of = (list: readonly Instance[]) =>
            list.filter((instance) => instance.label === label).length;
          expect(Math.abs(of(holdout) - (of(all) * wanted) / all.length)).toBeLessThanOrEqual(1.000001);
        }
        expect(splitTask(all, options)).toEqual({ tuning, holdout });
      }),
    );
  });

  it('keeps instances that ask the same on one side, and loses none (property)', () => {
    const asked = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 40 }).chain((ids) =>
      fc.tuple(
        ...ids.map((id) =>
          fc.record({
            id: fc.constant(id),
            input: fc.constantFrom('Who?', 'Who? ', ' Who?', 'When?', 'Where is\nit?', 'Where  is it?'),
            label: fc.constantFrom('a', 'b'),
          }),
        ),
      ),
    );
    const key = ({ input }: Instance) => input.trim().replaceAll(/\s+/g, ' ');
    fc.assert(
      fc.property(asked, split, (all, options) => {
        const { tuning, holdout } = splitTask(all, options);
        if (new Set(all.map(key)).size === 1) {
          expect([tuning, holdout]).toEqual([all, all]);
          return;
        }
        expect(tuning.length + holdout.length).toBe(all.length);
        const held = new Set(holdout.map(key));
        for (const instance of tuning) expect(held).not.toContain(key(instance));
        expect(tuning.length).toBeGreaterThan(0);
        expect(holdout.length > 0).toBe(options.holdout > 0);
        const ids = (list: readonly Instance[]) => list.map(({ id }) => id).sort();
        expect(ids(splitTask(all.toReversed(), options).holdout)).toEqual(ids(holdout));
      }),
    );
  });

  it('depends on the seed, and not on the order of the file', () => {
    const all = Array.from({ length: 40 }, (_, index) => ({ id: `i${index}`, input: '' }));
    const held = (list: readonly Instance[], seed: number) =>
      splitTask(list, { holdout: 0.5, seed })
        .holdout.map(({ id }) => id)
        .sort();
    expect(held(all, 1)).not.toEqual(held(all, 2));
    expect(held(all.toReversed(), 1)).toEqual(held(all, 1));
  });

  it('gives a single instance to both', () => {
    const one = [{ id: 'a', input: '' }];
    expect(splitTask(one, { holdout: 0.5, seed: 1 })).toEqual({ tuning: one, holdout: one });
  });
});
