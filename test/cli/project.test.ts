import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { callPaths } from '../../src/analysis/call-paths.ts';
import { openEvidence } from '../../src/analysis/reproduce/run-evidence.ts';
import { provenanceOfRun } from '../../src/cli/wiring/configs/own-runs.ts';
import { openTaskOfRun } from '../../src/cli/wiring/tasks/tasks.ts';
import { unwrap } from '../../src/core/result.ts';
import { createAnswerExtractor } from '../../src/grading/extract.ts';
import { parseSpeedProfile } from '../../src/models/speed-profile-file.ts';
import { projectLatency } from '../../src/report/projection.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { commandContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** No config but a crew with a fuser behind it: every path has two calls and more. */
const space = `version: 1
name: crews
models: [sim/finch-3b, sim/sage-70b, sim/quill-120b]
temperatures: [0.7]
agents: { min: 2, max: 3 }
stages: { kinds: [fuse, critique], max: 3 }
prompts:
  single: [Answer.]
  proposer: [Propose an answer.]
  critic: ["Say what is wrong. {{references}}"]
  fuser: ["Fuse the answers. {{references}}"]
`;

let folder: string;
let taskFile: string;

beforeAll(async () => {
  folder = temporaryFolder('project');
  const taskFolder = join(folder, 'tasks', 'capitals');
  await mkdir(taskFolder, { recursive: true });
  taskFile = join(taskFolder, 'task.yaml');
  await writeFile(
    taskFile,
    'version: 1\nname: capitals\ndescription: Name the capital.\nprompt: "What is the capital of {{input}}?"\ngrader: { name: contains }\nrepeats: 2\nsplit: { holdout: 0.5 }\n',
  );
  const instances = ['France/Paris', 'Italy/Rome', 'Japan/Tokyo', 'Peru/Lima'].map((pair, index) => {
    const [input, gold] = pair.split('/');
    return JSON.stringify({ id: String(index), input, gold });
  });
  await writeFile(join(taskFolder, 'instances.jsonl'), `${instances.join('\n')}\n`);
  await writeFile(join(folder, 'crews.yaml'), space);
  const tuned = await cli(
    'tune capitals --run r --seed 3 --max-evaluations 6 --space crews.yaml --holdout-repeats 1',
  );
  expect(tuned.err).toBe('');
  expect(tuned.code).toBe(0);
});

const cli = (line: string) => runLine(line, { cwd: folder });

interface Projected {
  readonly projection: {
    readonly unplayable: readonly string[];
    readonly unknownModels: readonly string[];
    readonly points: Record<
      string,
      { measured: { mean: number }; latency: { mean: number | null }; chainedCalls: number }
    >;
  };
  readonly front: readonly { id: string; objectives: { latency: { mean: number } } }[];
}

/** The simulated models' own speeds, without their jitter. */
const ownProfile = {
  name: 'own',
  source: "the simulation's constants",
  models: Object.fromEntries(simulatedModels.map(({ name, speed }) => [name, speed])),
};

async function ownSpeeds(): Promise<string> {
  await writeFile(join(folder, 'own.json'), JSON.stringify(ownProfile));
  return 'own.json';
}

test('the way to every recorded answer is found again, and takes what was measured with the speeds of then', async () => {
  const profile = unwrap(parseSpeedProfile(ownProfile, 'own'));
  const evidence = await openEvidence(join(folder, 'runs', 'r'));
  try {
    const { task } = await openTaskOfRun(
      commandContext({ cwd: folder }),
      evidence.manifest.task,
      provenanceOfRun('r', evidence.manifest),
    );
    const ids = evidence.state.trials.map(({ id }) => id);
    const found = await callPaths(ids, { evidence, task, extractAnswer: createAnswerExtractor(task) });
    let chains = 0;
    for (const { id, results } of evidence.state.trials) {
      // Not null: every path came to the measured latency to the last bit.
      const paths = found.get(id) ?? [];
      expect(paths).toHaveLength(results.size);
      chains += paths.filter(({ groups }) => groups.length > 1).length;
      const measured = [...results.values()].map(({ measurement }) => measurement.latency ?? 0);
      const mean = measured.reduce((sum, each) => sum + each, 0) / measured.length;
      // Jitter of single calls, reading the prompt, and that the slowest of several is above their mean.
      const ratio = (projectLatency(paths, { profile }).latency.mean ?? 0) / mean;
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.3);
    }
    expect(chains).toBeGreaterThan(8);
  } finally {
    evidence.journal.close();
  }
});

test('front and show tell both latencies, and filters go by the projected one', async () => {
  const file = await ownSpeeds();
  const shown = await cli(`show r fastest --project ${file}`);
  expect(shown.out).toMatch(/latency .* s/);
  expect(shown.out).toMatch(/projected .* s .*on own/);
  const table = await cli(`front r --project ${file}`);
  expect(table.out).toContain('projected onto own');
  expect(table.out).toContain('measured');
  const none = await cli(`front r --project ${file} --max-latency 0s`);
  expect(none.out).toContain('No points.');
  const plain = JSON.parse((await cli('front r --json')).out) as Projected;
  const csv = await cli(`front r --project ${file} --format csv`);
  const json = JSON.parse((await cli(`front r --project ${file} --json`)).out) as Projected;
  expect(csv.out).toContain(String(json.front[0]?.objectives.latency.mean));
  for (const { id, objectives } of json.front) {
    expect(json.projection.points[id]?.latency).toEqual(objectives.latency);
    const before = plain.front.find((point) => point.id === id)?.objectives.latency;
    expect(json.projection.points[id]?.measured).toEqual(before);
  }
  expect(json.projection.unplayable).toEqual([]);
});

test('models that the profile does not know make latency unknown, and stand-ins help', async () => {
  const blind = JSON.parse((await cli('front r --project wafer-scale --json')).out) as Projected;
  expect(blind.projection.unknownModels.length).toBeGreaterThan(0);
  for (const { objectives } of blind.front) expect(objectives.latency.mean).toBeNull();
  const all = blind.projection.unknownModels.map((model) => `${model}=llama-3.1-8b`).join(',');
  const seeing = await cli(`front r --project wafer-scale --as ${all} --first-token 200ms --json`);
  const { projection } = JSON.parse(seeing.out) as Projected;
  expect(projection.unknownModels).toEqual([]);
  for (const { latency, chainedCalls } of Object.values(projection.points)) {
    expect(latency.mean ?? 0).toBeGreaterThan(0.2 * chainedCalls);
  }
});

test.each([
  ['wafer-scal', 'did you mean "wafer-scale"?'],
  ['missing.yaml', 'no such file'],
  ['tasks/capitals/task.yaml', 'a speed profile'],
])('a profile %s that is none is bad input', async (profile, told) => {
  const { code, err } = await cli(`front r --project ${profile}`);
  expect(code).toBe(2);
  expect(err).toContain(told);
});

test.each(['sim/finch-3b', 'sim/nobody=llama-3.1-8b', 'sim/finch-3b=nothing'])(
  'the stand-in %s is bad input',
  async (pair) => {
    const { code, err } = await cli(`front r --project wafer-scale --as ${pair}`);
    expect(code).toBe(2);
    expect(err).toContain('--as');
  },
);

test('a task that has changed since is refused, since its calls cannot be told any more', async () => {
  await writeFile(taskFile, (await readFile(taskFile, 'utf8')).replace('What is', 'Which is'));
  const { code, err } = await cli('front r --project wafer-scale');
  expect(code).toBe(2);
  expect(err).toContain('changed since');
});
