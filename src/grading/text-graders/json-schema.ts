import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { canonicalJson } from '../../core/canonical-json.ts';
import { messageOf } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { scored, unscored } from '../../domain/grade.ts';
import { whyNotBare } from '../extraction/bare-json.ts';
import { extractJson } from '../extraction/json.ts';
import { textGrader } from '../grader-kind.ts';
import type { ValueOrProblem } from './define.ts';
import { compileRegex } from './regex.ts';

const schemaShape = z.record(z.string(), z.unknown());
type Schema = z.infer<typeof schemaShape>;
type Validator = ValueOrProblem<ValidateFunction>;

/** Compiled schemas kept; instances mostly share one. */
const mostCompiled = 200;
const compiled = new Map<string, Validator>();

function validatorFor(schema: Schema): Validator {
  const key = canonicalJson(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= mostCompiled) compiled.clear();
  const fresh = compileSchema(schema);
  compiled.set(key, fresh);
  return fresh;
}

/** Patterns inside schemas run on RE2: a backtracking one could hang on a hostile answer. */
function compileSchema(schema: Schema): Validator {
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
    const ajv = validatorOf(schema.$schema, { strict: false, logger: false, code: { regExp: linearRegex } });
    return { value: ajv.compile(schema) };
  } catch (error) {
    return { problem: `not a JSON Schema: ${messageOf(error)}` };
  }
}

/** What checks schemas of a draft, with `format` asserted. */
function validatorOf(draft: unknown, options: Options): Pick<Ajv, 'compile'> {
  const name = typeof draft === 'string' ? draft : '';
  if (name.includes('draft-04')) return addFormats.default(new AjvDraft04.default(options));
  if (name.includes('2019-09')) return addFormats.default(new Ajv2019(options));
  if (!/draft-0[67]/.test(name)) return addFormats.default(new Ajv2020(options));
  const ajv = new Ajv(options);
  if (name.includes('draft-06')) ajv.addMetaSchema(draft06);
  return addFormats.default(ajv);
}

/** Scores 1 when the answer holds JSON that fits the schema, else 0. */
export const jsonSchemaGrader = textGrader('json-schema', {
  options: z.strictObject({
    name: z.literal('json-schema'),
    /** JSON Schema that the answer must fit, of the draft that its `$schema` names (2020-12). Default: the gold answer. */
    schema: schemaShape.optional(),
    /** Take JSON to the letter only: no trailing commas, comments, single quotes or missing ends. */
    strict: z.boolean().default(false),
    /** The answer has to be the JSON alone, as `JSON.parse` takes it: no prose, no code fence. */
    bare: z.boolean().optional(),
  }),
  golds: schemaShape,
  inPlaceOfGold: 'schema',
  judge: (answer, schema, { strict, bare }, { id }) => {
    const validator = validatorFor(schema);
    if ('problem' in validator) return unscored(`instance ${id}: ${validator.problem}`);
    const more = bare === true ? whyNotBare(answer) : undefined;
    if (more !== undefined) return scored(0, more);
    const found = extractJson(answer);
    if (found === undefined || (strict && found.form !== 'strict')) {
      return scored(0, 'The answer holds no valid JSON.');
    }
    if (validator.value(found.value)) return scored(1);
    const [fault] = validator.value.errors ?? [];
    const place = fault?.instancePath === '' ? 'the top level' : fault?.instancePath;
    return scored(0, `The JSON does not fit at ${place}: ${fault?.message ?? 'unknown fault'}.`);
  },
  fault: ({ schema }) => {
    const validator = schema === undefined ? undefined : compileSchema(schema);
    if (validator === undefined || 'value' in validator) return undefined;
    return { path: 'schema', problem: `a JSON Schema (${validator.problem})` };
  },
  scores: 'pass-or-fail',
  learned: 'short',
  gold: {
    answer: 'json',
    expected: 'a JSON Schema',
    fits: isRecord,
    prompt: (golds) => {
      const [schema, ...others] = new Set(golds.map(canonicalJson));
      const form = others.length > 0 || schema === '{}' ? '.' : `, valid by this JSON Schema:\n${schema}`;
      return `{{input}}\n\nAnswer with JSON only, no prose and no code fence${form}`;
    },
    prompted: { bare: true },
    asAnswer: 'none',
  },
});
