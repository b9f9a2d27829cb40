import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { extractJson } from '../extract.ts';
import { goldAs, scored, unscored } from './define.ts';
import { compileRegex } from './plain.ts';

const schemaShape = z.record(z.string(), z.unknown());

export const jsonSchemaOptions = z.strictObject({
  name: z.literal('json-schema'),
  /** JSON Schema (2020-12) that the answer must fit. Default: the gold answer is the schema. */
  schema: schemaShape.optional(),
});
export type JsonSchemaOptions = z.infer<typeof jsonSchemaOptions>;

/** Compiled schemas kept; instances mostly share one. */
const mostCompiled = 200;

/** Scores 1 when the answer holds JSON that fits the schema, else 0. */
export function createJsonSchemaJudge(): (
  answer: string,
  instance: Instance,
  options: JsonSchemaOptions,
) => Grade {
  const compiled = new Map<string, ReturnType<typeof compileSchema>>();
  const validatorFor = (schema: Record<string, unknown>): ReturnType<typeof compileSchema> => {
    const key = canonicalJson(schema);
    const known = compiled.get(key);
    if (known !== undefined) return known;
    if (compiled.size >= mostCompiled) compiled.clear();
    const fresh = compileSchema(schema);
    compiled.set(key, fresh);
    return fresh;
  };
  return (answer, instance, options) => {
    const schema = options.schema === undefined ? goldAs(instance, schemaShape) : { value: options.schema };
    if ('problem' in schema) return unscored(schema.problem);
    const validator = validatorFor(schema.value);
    if ('problem' in validator) return unscored(`instance ${instance.id}: ${validator.problem}`);
    const found = extractJson(answer);
    if (found === undefined) return scored(0, 'The answer holds no valid JSON.');
    if (validator.value(found.value)) return scored(1);
    const [fault] = validator.value.errors ?? [];
    const place = fault?.instancePath === '' ? 'the top level' : fault?.instancePath;
    return scored(0, `The JSON does not fit at ${place}: ${fault?.message ?? 'unknown fault'}.`);
  };
}

/** Patterns inside schemas run on RE2: a backtracking one could hang on a hostile answer. */
export function compileSchema(
  schema: Record<string, unknown>,
): { readonly value: ValidateFunction } | { readonly problem: string } {
  const linearRegex = Object.assign(
    (pattern: string) => {
      const regex = compileRegex(pattern, '');
      if ('problem' in regex) throw new Error(regex.problem);
      // Ajv shares compiled patterns whose text is equal: without it all would be the first one.
      return { test: (text: string) => regex.value.matcher(text).find(), toString: () => `/${pattern}/` };
    },
    { code: 'linearRegex' },
  );
  try {
    const ajv = new Ajv2020({
      strict: false,
      logger: false,
      validateFormats: false,
      code: { regExp: linearRegex },
    });
    return { value: ajv.compile(schema) };
  } catch (error) {
    return { problem: `not a JSON Schema: ${error instanceof Error ? error.message : error}` };
  }
}
