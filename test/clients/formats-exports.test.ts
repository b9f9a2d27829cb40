import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { defined } from '../../src/core/defined.ts';
import { writeSnippet } from '../../src/formats/snippets.ts';
import { exhaustive } from '../support/thorough.ts';
import { installClients } from './install.ts';

const run = promisify(execFile);
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

let clients: Awaited<ReturnType<typeof installClients>>;
beforeAll(async () => {
  clients = await installClients();
});

/** In a folder that is kept between runs: it takes minutes. */
async function installPromptfoo(): Promise<string> {
  const folder = join(tmpdir(), 'mixtune-promptfoo');
  const done = join(folder, 'installed');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'promptfoo'], { cwd: folder });
  writeFileSync(done, '');
  return folder;
}

function written(
  name: 'litellm' | 'llm' | 'promptfoo',
  file: string,
  { more = '', baseUrl }: { readonly more?: string; readonly baseUrl?: string } = {},
): string {
  const path = join(scratch, file);
  writeFileSync(path, `${writeSnippet(name, { model, ...defined({ baseUrl }) })}${more}`);
  return path;
}

/** Answers every request alike, and keeps what was asked. */
async function openEcho() {
  const bodies: unknown[] = [];
  const choices = [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }];
  const server = createServer(async (request, response) => {
    bodies.push(await json(request));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 0, model, choices }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { bodies, baseUrl: `http://127.0.0.1:${port}/v1`, close: () => server.close() };
}

describe('exports load in the tools that they are for', () => {
  it("litellm's Router", async (context) => {
    if (typeof clients === 'string') return context.skip(clients);
    const program = [
      'import sys, json, yaml',
      'from litellm import Router',
      'router = Router(model_list=yaml.safe_load(open(sys.argv[1]))["model_list"])',
      'deployment = router.get_available_deployment(model="mixtune", messages=[{"role": "user", "content": "x"}])',
      'print(json.dumps([router.get_model_names(), deployment["litellm_params"]["model"], deployment["litellm_params"]["api_base"]]))',
    ].join('\n');
    const { stdout } = await run(clients.python, ['-c', program, written('litellm', 'litellm.yaml')], {
      env,
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([
      ['mixtune'],
      `openai/${model}`,
      'http://127.0.0.1:8400/v1',
    ]);
  });

  it('llm models', async (context) => {
    if (typeof clients === 'string') return context.skip(clients);
    written('llm', 'extra-openai-models.yaml');
    const { stdout } = await run(join(clients.bin, 'llm'), ['models'], { env });
    expect(stdout).toMatch(/OpenAI Chat: mixtune/);
  });

  it.skipIf(!exhaustive)(
    'promptfoo, which leaves what was tuned alone (installs for minutes: MIXTUNE_THOROUGH=1)',
    async () => {
      const folder = await installPromptfoo();
      const echo = await openEcho();
      const file = written('promptfoo', 'promptfooconfig.yaml', {
        more: 'prompts: ["{{q}}"]\ntests: [{ vars: { q: hi }, assert: [{ type: equals, value: "yes" }] }]\n',
        baseUrl: echo.baseUrl,
      });
      const program = join(folder, 'node_modules', '.bin', 'promptfoo');
      await run(program, ['eval', '--no-cache', '-c', file], { env }).finally(echo.close);
      // Its own temperature of 0 would make one answer of a vote.
      expect(echo.bodies).toEqual([{ model, messages: [{ role: 'user', content: 'hi' }] }]);
    },
  );
});
