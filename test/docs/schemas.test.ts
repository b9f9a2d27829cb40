import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { jobFileFlags } from '../../src/cli/job-file.ts';
import { jobFileJsonSchema, searchSpaceJsonSchema, taskFileJsonSchema } from '../../src/cli/json-schemas.ts';
import { allowedEndpoint } from '../../src/cli/wiring/jobs/consent.ts';
import { unwrap } from '../../src/core/result.ts';
import { agentSchema } from '../../src/domain/agent.ts';
import { instanceSchema, taskFileSchema } from '../../src/domain/task.ts';
import { moaConfigJsonSchema } from '../../src/formats/json-schema.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { parsePriceFile } from '../../src/models/price-file.ts';
import { parseRecording } from '../../src/models/recordings/recording.ts';
import { parseSpeedProfile } from '../../src/models/speed-profile-file.ts';
import { commandContext } from '../support/cli.ts';
import { codeBlocksOf, pages } from '../support/doc-lines.ts';
import { python } from '../support/python.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (...path: string[]) => parse(readFileSync(join(root, ...path), 'utf8'));
const validator = (text: string) => new Ajv2020({ strict: false }).compile(JSON.parse(text));

const schemas = {
  job: jobFileJsonSchema,
  'search-space': searchSpaceJsonSchema,
  task: taskFileJsonSchema,
  'moa-config': moaConfigJsonSchema,
};

describe.each(Object.entries(schemas))('the JSON Schema docs/%s.schema.json', (name, schema) => {
  it('is current (npx vitest run test/docs/schemas.test.ts --update)', () =>
    expect(schema()).toMatchFileSnapshot(`../../docs/${name}.schema.json`));

  it('names itself by where the package publishes it', () => {
    const { $id, $schema } = JSON.parse(schema());
    expect({ $id, $schema }).toEqual({
      $id: `https://unpkg.com/mixtune/docs/${name}.schema.json`,
      $schema: 'https://json-schema.org/draft/2020-12/schema',
    });
  });
});

it('of jobs takes what the parser takes, and has every option', () => {
  const isValid = validator(jobFileJsonSchema());
  const job = parse(
    'version: 1\ntask: x\nmodels: a\nmaxTime: 8h\nmaxUsd: 0.5\ncache: false\nspace: { extends: default }',
  );
  expect(isValid(job)).toBe(true);
  expect(isValid({ ...job, maxUdr: 1 })).toBe(false);
  expect(Object.keys(JSON.parse(jobFileJsonSchema()).properties)).toEqual(
    expect.arrayContaining(Object.keys(jobFileFlags)),
  );
});

it('of spaces takes every space that is shipped, and one that builds on another', () => {
  const isValid = validator(searchSpaceJsonSchema());
  for (const file of readdirSync(join(root, 'search-spaces')))
    expect([file, isValid(read('search-spaces', file))]).toEqual([file, true]);
  expect(isValid({ version: 1, name: 'a', extends: 'default', models: ['sim/wisp-1b'] })).toBe(true);
  expect(isValid({ version: 1, name: 'a', models: ['sim/wisp-1b'] })).toBe(false);
});

it('of tasks takes every task that is shipped', () => {
  const isValid = validator(taskFileJsonSchema());
  for (const name of readdirSync(join(root, 'tasks')))
    expect([name, isValid(read('tasks', name, 'task.yaml'))]).toEqual([name, true]);
});

const folder = temporaryFolder('blocks');

/** Of a whole file by its keys. */
function wholeKind(document: Readonly<Record<string, unknown>>): keyof typeof schemas {
  if ('stages' in document) return 'moa-config';
  if ('task' in document || 'data' in document) return 'job';
  return 'grader' in document ? 'task' : 'search-space';
}

/** What is behind the fence (```yaml prices) says which reader takes a block that is no whole file with a schema. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  agents: (text) => z.array(agentSchema).min(1).parse(parse(text)),
  instances: (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => instanceSchema.parse(JSON.parse(line))),
  'task-part': async (text) => {
    const { grader } = taskFileSchema.partial().parse(parse(text));
    for (const name of ['grade.py', 'grade.mjs'])
      writeFileSync(join(folder, name), 'export default () => 1;');
    if (grader !== undefined) unwrap(createGrader(grader, { python, taskFolder: folder }));
  },
  prices: (text) => unwrap(parsePriceFile(text, 'prices.yaml')),
  speeds: (text) => unwrap(parseSpeedProfile(parse(text), 'speeds.yaml')),
  recording: (text) => unwrap(parseRecording(text.replace('<64 hex digits>', 'a'.repeat(64)), 'recording')),
  endpoints: (text) => {
    writeFileSync(join(folder, 'endpoints.json'), text, { mode: 0o600 });
    const context = commandContext({ env: { MIXTUNE_HOME: folder } });
    for (const endpoint of JSON.parse(text)) {
      expect(
        allowedEndpoint(context, {}, { source: 'run', run: 'run', endpoint }, ['openai/any']),
      ).toMatchObject(endpoint);
    }
  },
  // Of another tool, or of a program's input.
  fragment: (text) => parse(text),
};

describe('each block of YAML and JSON in the docs', () => {
  const blocks = pages
    .flatMap(codeBlocksOf)
    .filter(({ language }) => /^(ya?ml|jsonc?|jsonl)$/.test(language))
    .map((block) => ({ ...block, at: `${block.page}:${block.line}` }));

  it.each(blocks)('$at is what mixtune reads', async ({ kind, text }) => {
    if (kind !== undefined) {
      expect(Object.keys(readers)).toContain(kind);
      await readers[kind]?.(text);
      return;
    }
    const document = parse(text) as Record<string, unknown>;
    // What is no whole file says so behind its fence.
    expect(document).toMatchObject({ version: 1 });
    const isValid = validator(schemas[wholeKind(document)]());
    expect([isValid(document), isValid.errors]).toEqual([true, null]);
  });
});
