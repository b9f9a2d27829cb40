import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jobFileFlags } from '../../src/cli/job-file.ts';
import { jobFileJsonSchema, searchSpaceJsonSchema, taskFileJsonSchema } from '../../src/cli/json-schemas.ts';
import { moaConfigJsonSchema } from '../../src/formats/json-schema.ts';

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
