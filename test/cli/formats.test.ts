import {
  chmodSync,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { presets } from '../../src/domain/presets.ts';
import { readMixtune, writeMixtune } from '../../src/formats/mixtune.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('formats');
const files = new URL('../formats/files/', import.meta.url);
const workshop = readFileSync(new URL('workshop/export-2.0.json', files), 'utf8');
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
write('workshop.json', workshop);

async function run(argv: readonly string[], stdin = '') {
  const context = testContext(argv, { cwd: folder, stdin: Readable.from([stdin]) });
  const code = await runCli(context);
  return { code, stdout: context.stdout.text, stderr: context.stderr.text };
}

describe('--out', () => {
  test('replaces a file whole: behind a link, with its mode, and never within', async () => {
    write('old.yaml', 'old');
    chmodSync(join(folder, 'old.yaml'), 0o640);
    symlinkSync('old.yaml', join(folder, 'link.yaml'));
    const old = openSync(join(folder, 'old.yaml'), 'r');
    expect(await run(['import', 'workshop.json', '--out', 'link.yaml'])).toMatchObject({ code: 0 });
    expect(readFileSync(old, 'utf8')).toBe('old');
    closeSync(old);
    expect(lstatSync(join(folder, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(join(folder, 'old.yaml')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(folder, 'old.yaml'), 'utf8')).toContain('stages:');
    expect(readdirSync(folder).filter((name) => name.includes('old.yaml'))).toEqual(['old.yaml']);
  });

  test('writes into what is no regular file, and through a link to nothing', async () => {
    symlinkSync('made.yaml', join(folder, 'dangling.yaml'));
    for (const out of ['/dev/null', 'dangling.yaml'])
      expect(await run(['import', 'workshop.json', '--out', out])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'made.yaml'), 'utf8')).toContain('stages:');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('mixtune import', () => {
  test('writes a config for editors and says what it is', async () => {
    const { code, stderr } = await run(['import', 'workshop.json', '--out', 'mine.yaml']);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /workshop\.json is read as workshop: propose ×3 rounds \(.*\) > fuse \(llama-3\.3-70b\) \(config [0-9a-f]{12}\)/,
    );
    expect(stderr).toMatch(
      /workshop\.json:\d+ at ai_configuration\.reference_system_prompt: the program holds this text/,
    );
    const text = readFileSync(join(folder, 'mine.yaml'), 'utf8');
    expect(text.split('\n').slice(0, 2)).toEqual([
      '# yaml-language-server: $schema=https://unpkg.com/mixtune/docs/moa-config.schema.json',
      '# Imported from workshop.json (workshop).',
    ]);
    expect(readMixtune(text, 'mine.yaml').ok).toBe(true);
  });

  test('says that the folder of --out is not there', async () => {
    const { code, stderr } = await run(['export', 'mine.yaml', '--out', 'no/such/a.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      '--out: expected a file in a folder that is there (mkdir -p no/such), found no/such/a.yaml, and no folder no/such',
    );
  });

  test('reads stdin, a map of models, and the texts of the program itself', async () => {
    write('map.yaml', 'llama-3.3-70b: sim/sage-70b\nqwen-3-32b: sim/otter-32b\n');
    write(
      'prompts.py',
      'SYSTEM_PROMPT = """\\\nHi.\n\n{helper_response}\\\n"""\n\nREFERENCE_SYSTEM_PROMPT = """\\\nSeen:\n{responses}\n"""\n',
    );
    const { code, stdout, stderr } = await run(
      ['import', '-', '--models', 'map.yaml', '--texts', 'prompts.py', '--strict', '--json'],
      workshop,
    );
    expect(stderr).toMatch(/^stdin is read as workshop/);
    expect(code).toBe(0);
    const { config, notes, format, id } = JSON.parse(stdout);
    expect([format, id, notes]).toEqual(['workshop', configId(config), []]);
    expect(config.stages[1].agent).toMatchObject({
      model: 'sim/sage-70b',
      references: { introduction: 'Seen:\n{{answers}}\n' },
    });
  });

  test.each<[string, string[], string, RegExp]>([
    [
      'nothing that it knows',
      ['import', '-'],
      '{"a": 1}',
      /stdin: expected one of the formats .*workshop, .*dspy .*found a file in none of these/,
    ],
    [
      'a text that the format has not',
      ['import', 'workshop.json', '--texts', write('t.yaml', 'sytemPrompt: x')],
      '',
      /--texts at sytemPrompt: expected one of systemPrompt/,
    ],
    [
      'a model that is none',
      ['import', 'workshop.json', '--models', write('m.yaml', 'qwen-3-32b: qwen')],
      '',
      /--models at \["?qwen-3-32b"?\]|--models at qwen-3-32b/,
    ],
    ['both modes', ['import', 'workshop.json', '--strict', '--lossy'], '', /--strict or --lossy/],
  ])('refuses %s', async (_, argv, stdin, message) => {
    const { code, stderr } = await run(argv, stdin);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('mixtune export', () => {
  test('the same file comes back through mixtune’s own', async () => {
    await run(['import', 'workshop.json', '--out', 'again.yaml']);
    const { code, stdout, stderr } = await run([
      'export',
      'again.yaml',
      '--format',
      'workshop',
      '--origin',
      'workshop.json',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(workshop));
  });

  test("another tool's file is a config wherever one is named", async () => {
    const { code, stdout, stderr } = await run(['export', 'workshop.json', '--format', 'workshop']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^workshop\.json is read as workshop/);
    expect(JSON.parse(stdout)).toEqual({ ...JSON.parse(workshop), exported_at: undefined });
  });

  test('what a format cannot hold is refused with a list, and written with --lossy', async () => {
    write('rank.yaml', writeMixtune(presets['critique-rank-fuse'](['openai/gpt-4o-mini'])));
    const refused = await run(['export', 'rank.yaml', '--format', 'workshop']);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(
      /rank\.yaml at stages: expected a config that workshop can hold, or --lossy .*found the stages propose, critique, rank, fuse/,
    );
    const lossy = await run(['export', 'rank.yaml', '--format', 'workshop', '--lossy']);
    expect(lossy.code).toBe(0);
    expect(lossy.stderr).toMatch(/^Lost at stages: /);
    expect(JSON.parse(lossy.stdout).ai_configuration.layer_agents).toHaveLength(5);
  });

  test('pieces for clients name the served config', async () => {
    const config = presets['best-of-n'](['sim/sage-70b']);
    write('best.yaml', writeMixtune(config));
    const { code, stdout, stderr } = await run(['export', 'best.yaml', '--format', 'openai-python']);
    expect(code).toBe(0);
    expect(stderr).toBe('It asks what this serves: mixtune serve best.yaml\n');
    expect(stdout).toContain('base_url="http://127.0.0.1:8400/v1"');
    expect(stdout).toContain(`model="mixtune/${configId(config)}"`);
  });
});

describe('a list of models or prompts in the place of a system says what it is and what to do', () => {
  const gepa = write(
    'gepa.json',
    JSON.stringify({
      candidates: [{ system_prompt: 'Classify.' }],
      val_aggregate_scores: [0.5],
      parents: [[null]],
    }),
  );
  const litellm = write(
    'litellm.yaml',
    'model_list:\n  - model_name: a\n    litellm_params: { model: openai/gpt-4o }\n',
  );
  test.each([
    [
      ['tune', 'code-challenge', '--from', gepa],
      /^mixtune: gepa\.json: expected a config; mixtune import gepa\.json --out space\.yaml .* found a list of prompts \(gepa\)\n$/,
    ],
    [
      ['tune', 'code-challenge', '--space', gepa],
      /^mixtune: gepa\.json: expected a search space; mixtune import .* found a list of prompts \(gepa\)\n$/,
    ],
    [
      ['ask', litellm, 'hello'],
      /^mixtune: litellm\.yaml: expected a config; mixtune import litellm\.yaml prints .* found a list of models \(litellm\)\n$/,
    ],
  ])('%j', async (argv, message) => {
    const { code, stderr } = await run(argv);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

test('a system without its key says which models it calls and how it gets others', async () => {
  const { code, stderr } = await run(['ask', 'workshop.json', 'hello']);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /with cerebras\/.* \(mixtune import workshop\.json --models map\.yaml --out FILE gives it others\)/,
  );
});

test('the refusal of a key is shown whole', async () => {
  const file = write('key.json', workshop.replace(/\{/, '{ "api_key": "hunter22222",'));
  const { stderr } = await run(['import', file]);
  expect(stderr).toMatch(/ at api_key: expected no secret in the file/);
  expect(stderr).not.toMatch(/hunter/);
});

test('a model that is not there is looked for where it was named, not in a flag that was not given', async () => {
  const map = write(
    'unknown.yaml',
    'llama-3.3-70b: sim/nosuch\nllama3.1-8b: sim/heron-8b\nqwen-3-32b: sim/finch-3b\n',
  );
  const system = { main_model: 'llama-3.3-70b', system_prompt: '{helper_response}', layer_agents: [] };
  const file = write('unknown.json', JSON.stringify({ ai_configuration: system }));
  await run(['import', file, '--models', map, '--out', 'unknown-mine.yaml']);
  const { code, stderr } = await run(['ask', 'unknown-mine.yaml', 'hello']);
  expect(stderr).toMatch(
    /^mixtune: the models of a config: expected a simulated model: .* found "sim\/nosuch"\n$/,
  );
  expect(code).toBe(2);
});

test('a config of our own needs no import', async () => {
  const file = write('own.yaml', 'version: 1\nname: own\nstages: [{ kind: vote }]\n');
  const { code, stderr } = await run(['import', file]);
  expect(stderr).toMatch(/ found a config of mixtune's own, which .* as it is: mixtune ask \S*own\.yaml, /);
  expect(code).toBe(2);
});

test("the command that is told for promptfoo's tests reads them", async () => {
  const tests = ['card', 'refund'].map((value) => ({
    vars: { message: `My ${value}?` },
    assert: [{ type: 'equals', value }],
  }));
  const file = write('promptfoo.json', JSON.stringify({ prompts: ['Label: {{message}}'], tests }));
  const { stderr } = await run(['import', file]);
  const [, told = ''] = /mixtune (task import .*)/.exec(stderr) ?? [];
  const words = told.replace('NAME', 'labels').split(' ');
  const { code, stdout } = await run([...words, '--preview']);
  expect(stdout).toMatch(/^labels: 2 instances/);
  expect(code).toBe(0);
});
