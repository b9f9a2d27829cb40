import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeSnippet } from '../../src/formats/snippets.ts';

const run = promisify(execFile);
/** Kept between runs, so that only the first has to install. */
const tools = join(tmpdir(), 'mixtune-formats-tools');
const scratch = mkdtempSync(join(tmpdir(), 'mixtune-exports-'));
const model = 'mixtune/3fa9c1d2e4b5';
const env = {
  PATH: process.env.PATH,
  HOME: scratch,
  LLM_USER_PATH: scratch,
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  MIXTUNE_API_KEY: 'none',
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
};

/** Why a tool is not to be had; `undefined` where it is. */
async function installed(name: string, install: () => Promise<unknown>): Promise<string | undefined> {
  const done = join(tools, `${name}.installed`);
  if (existsSync(done)) return undefined;
  mkdirSync(tools, { recursive: true });
  try {
    await install();
    writeFileSync(done, '');
    return undefined;
  } catch (error) {
    return `${name} cannot be installed here: ${String(error).split('\n')[0]}`;
  }
}

let noPython: string | undefined;
let noPromptfoo: string | undefined;
const bin = join(tools, 'python', 'bin');

beforeAll(async () => {
  noPython = await installed('python', async () => {
    await run('python3', ['-m', 'venv', '--clear', join(tools, 'python')]);
    await run(join(bin, 'pip'), ['install', '-q', '--disable-pip-version-check', 'litellm', 'llm']);
  });
  noPromptfoo = await installed('promptfoo', async () => {
    const folder = join(tools, 'promptfoo');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'promptfoo'], {
      cwd: folder,
    });
  });
});

function written(name: 'litellm' | 'llm' | 'promptfoo', file: string, more = ''): string {
  const path = join(scratch, file);
  writeFileSync(path, `${writeSnippet(name, { model })}${more}`);
  return path;
}

describe('exports load in the tools that they are for', () => {
  it("litellm's Router", async (context) => {
    if (noPython !== undefined) return context.skip(noPython);
    const program = [
      'import sys, json, yaml',
      'from litellm import Router',
      'router = Router(model_list=yaml.safe_load(open(sys.argv[1]))["model_list"])',
      'deployment = router.get_available_deployment(model="mixtune", messages=[{"role": "user", "content": "x"}])',
      'print(json.dumps([router.get_model_names(), deployment["litellm_params"]["model"], deployment["litellm_params"]["api_base"]]))',
    ].join('\n');
    const { stdout } = await run(join(bin, 'python'), ['-c', program, written('litellm', 'litellm.yaml')], {
      env,
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([
      ['mixtune'],
      `openai/${model}`,
      'http://127.0.0.1:8400/v1',
    ]);
  });

  it('llm models', async (context) => {
    if (noPython !== undefined) return context.skip(noPython);
    written('llm', 'extra-openai-models.yaml');
    const { stdout } = await run(join(bin, 'llm'), ['models'], { env });
    expect(stdout).toMatch(/OpenAI Chat: mixtune/);
  });

  it('promptfoo validate', async (context) => {
    if (noPromptfoo !== undefined) return context.skip(noPromptfoo);
    const file = written(
      'promptfoo',
      'promptfooconfig.yaml',
      'prompts: ["{{q}}"]\ntests: [{ vars: { q: hi } }]\n',
    );
    const { stdout } = await run(
      join(tools, 'promptfoo', 'node_modules', '.bin', 'promptfoo'),
      ['validate', '-c', file],
      { env },
    );
    expect(stdout).toMatch(/valid/i);
  });
});
