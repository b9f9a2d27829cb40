import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { InputError, type InputIssue } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import { err, ok, type Result } from '../core/result.ts';
import { shortened } from '../core/shortened.ts';
import { suggest } from '../core/suggest.ts';

/** Where in a document something stands: object keys and 0-based list positions from the root. */
export type ValuePath = readonly (string | number)[];

/** 1-based line of the value at a path, or of the nearest value around it, where the text is known. */
export type LineOf = (path: ValuePath) => number | undefined;

/**
 * Checks a value from outside (a file, an option) against a schema. All faults are reported together,
 * each with its path, what was found and what was expected in plain words.
 * @param source what holds the value: a file's path, an option's name.
 * @param lineOf adds line numbers; {@link parseYaml} gives one.
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
  lineOf?: LineOf,
): Result<z.output<Schema>, InputError> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(schema, value, issue));
  return err(inputError(source, withoutEchoes(faults), lineOf));
}

/**
 * Half of a character (a lone surrogate) in a text of a value from outside: such texts have no hash and cannot be sent.
 * `undefined` where there is none.
 */
export function halfCharacter(value: unknown, source: string): InputError | undefined {
  const at = halfCharacterAt(value, []);
  if (at === undefined) return undefined;
  return inputError(source, [
    { at, found: 'half of a character (a lone surrogate)', expected: 'whole characters' },
  ]);
}

function halfCharacterAt(value: unknown, at: ValuePath): ValuePath | undefined {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? at : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const place = [...at, Array.isArray(value) ? Number(key) : key];
    const found = halfCharacterAt(key, place) ?? halfCharacterAt(inner, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A fault before it is written for people. */
export interface Fault extends Omit<InputIssue, 'path' | 'line'> {
  readonly at: ValuePath;
}

export function inputError(source: string, faults: readonly Fault[], lineOf?: LineOf): InputError {
  return new InputError(
    source,
    faults.map(({ at, ...rest }) => {
      const line = lineOf?.(at);
      return { ...rest, path: formatPath(at), ...defined({ line }) };
    }),
  );
}

/** `stages[0].agents[1].model`; keys that are no plain words are quoted in brackets. */
export function formatPath(path: ValuePath): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** A value as an error shows it: short, strings quoted, containers named. */
export function shortly(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(shortened(value, 58));
}

function faultsOf(schema: z.ZodType, root: unknown, issue: z.core.$ZodIssue): Fault[] {
  const at = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const found = valueAt(root, at);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(schema, root, at, key));
    case 'invalid_value':
      return [choiceFault(at, found, issue.values.map(String), plainExpectation(schema, root, at))];
    case 'invalid_union': {
      const meant = meantBranch(issue);
      if (meant !== undefined)
        return meant.flatMap((inner) =>
          faultsOf(schema, root, { ...inner, path: [...issue.path, ...inner.path] }),
        );
      if (unionOptions(issue).length === 0) break;
      return [choiceFault(at, found, unionOptions(issue), undefined)];
    }
    case 'invalid_key':
      return [{ at, found: shortly(at.at(-1)), expected: issue.issues[0]?.message ?? 'another key' }];
    case 'custom':
    case 'invalid_format':
      return [{ at, found: shortly(found), expected: lowerFirst(issue.message) }];
  }
  const expected = plainExpectation(schema, root, at) ?? lowerFirst(issue.message);
  return [{ at, found: shortly(found), expected }];
}

/** The faults of the one form that a value is meant to have: of the others it is not even the kind. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const near = issue.errors.filter((faults) =>
    faults.every(({ code, path }) => path.length > 0 || code !== 'invalid_type'),
  );
  return near.length === 1 ? near[0] : undefined;
}

function unionOptions(issue: z.core.$ZodIssue): string[] {
  const options = 'options' in issue ? issue.options : undefined;
  return Array.isArray(options) ? options.map(String) : [];
}

function choiceFault(
  at: ValuePath,
  found: unknown,
  options: readonly string[],
  expectation: string | undefined,
): Fault {
  const suggestion = typeof found === 'string' ? suggest(found, options) : undefined;
  const expected = expectation ?? oneOf(options.map((option) => JSON.stringify(option)));
  return { at, found: shortly(found), expected, ...defined({ suggestion }) };
}

function unknownKey(schema: z.ZodType, root: unknown, at: ValuePath, key: string): Fault {
  const known = keysOf(schemaAt(schema, root, at));
  const holder = valueAt(root, at);
  const unused = known.filter((name) => !(isRecord(holder) && Object.hasOwn(holder, name)));
  const suggestion = suggest(key, unused) ?? suggest(key, known);
  const expected = known.length === 0 ? 'no such key' : `only the keys ${known.join(', ')}`;
  return {
    at: [...at, key],
    found: `unknown key ${JSON.stringify(key)}`,
    expected,
    ...defined({ suggestion }),
  };
}

/** A misspelt key also leaves the right one missing; one mistake is told once. */
function withoutEchoes(faults: readonly Fault[]): Fault[] {
  const meant = new Set(
    faults
      .filter((fault) => fault.found?.startsWith('unknown key') && fault.suggestion !== undefined)
      .map((fault) => formatPath([...fault.at.slice(0, -1), fault.suggestion ?? ''])),
  );
  return faults.filter((fault) => fault.found !== 'nothing' || !meant.has(formatPath(fault.at)));
}

function valueAt(root: unknown, path: ValuePath): unknown {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else if (isRecord(value) && Object.hasOwn(value, step)) value = value[String(step)];
    else return undefined;
  }
  return value;
}

/** The schema that governs the value at a path; unions are settled by the value's own discriminator. */
function schemaAt(schema: unknown, root: unknown, path: ValuePath): unknown {
  let current = settle(schema, root);
  let value = root;
  for (const step of path) {
    value = valueAt(value, [step]);
    if (current instanceof z.ZodObject) current = current.shape[String(step)];
    else if (current instanceof z.ZodArray) current = current.element;
    else if (current instanceof z.ZodRecord) current = current.valueType;
    else return undefined;
    current = settle(current, value);
  }
  return current;
}

function settle(schema: unknown, value: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return settle(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodPipe) return settle(schema.in, value);
  if (schema instanceof z.ZodDiscriminatedUnion && isRecord(value)) {
    const key = schema.def.discriminator;
    const option = schema.options.find((candidate) => {
      const literal = candidate instanceof z.ZodObject ? candidate.shape[key] : undefined;
      return literal instanceof z.ZodLiteral && [...literal.values].some((known) => known === value[key]);
    });
    return option ?? schema;
  }
  if (schema instanceof z.ZodUnion) {
    // Of plain forms the kind of the value tells which one is meant.
    const meant = schema.options.find((option) =>
      Array.isArray(value) ? option instanceof z.ZodArray : isRecord(value) && option instanceof z.ZodObject,
    );
    return meant ?? schema;
  }
  return schema;
}

function keysOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function plainExpectation(schema: z.ZodType, root: unknown, at: ValuePath): string | undefined {
  const governing = schemaAt(schema, root, at);
  if (!(governing instanceof z.ZodType)) return undefined;
  return inWords(z.toJSONSchema(governing, { io: 'input', unrepresentable: 'any' }));
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a JSON Schema asks for, in plain words: `a whole number from 1 to 64`. */
function inWords(schema: JsonSchema): string | undefined {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return oneOf(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const words = choices.map((choice) => inWords(choice as JsonSchema) ?? 'something else');
    return [...new Set(words)].join(' or ');
  }
  // Unions of plain types come as a list of type names, which the typings do not know.
  const types: unknown = schema.type;
  if (Array.isArray(types)) {
    const words = types.map((type) => inWords({ ...schema, type } as JsonSchema) ?? String(type));
    return words.join(' or ');
  }
  switch (schema.type) {
    case 'string':
      return (schema.minLength ?? 0) > 0 ? 'a non-empty string' : 'a string';
    case 'integer':
      return `a whole number${bounds(schema)}`;
    case 'number':
      return `a number${bounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return listInWords(schema);
    case 'object':
      return objectInWords(schema);
    default:
      return undefined;
  }
}

function listInWords(schema: JsonSchema): string {
  const least = schema.minItems ?? 0;
  if (schema.maxItems !== undefined) return `a list of ${least} to ${schema.maxItems}`;
  if (least === 0) return 'a list';
  return least === 1 ? 'a non-empty list' : `a list of at least ${least}`;
}

function objectInWords(schema: JsonSchema): string {
  const keys = schema.required ?? [];
  return keys.length === 0 ? 'an object' : `an object with ${keys.join(', ')}`;
}

function bounds(schema: JsonSchema): string {
  // Zod writes the safe integers' ends as bounds; they tell a reader nothing.
  const isReal = (bound: unknown): bound is number =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const above = isReal(exclusiveMinimum) ? `above ${exclusiveMinimum}` : undefined;
  const below = isReal(exclusiveMaximum) ? `below ${exclusiveMaximum}` : undefined;
  if (isReal(minimum) && isReal(maximum)) return ` from ${minimum} to ${maximum}`;
  const low = isReal(minimum) ? `of at least ${minimum}` : above;
  const high = isReal(maximum) ? `at most ${maximum}` : below;
  const said = [low, high].filter((part) => part !== undefined);
  return said.length === 0 ? '' : ` ${said.join(' and ')}`;
}

function oneOf(options: readonly string[]): string {
  return options.length === 1 ? String(options[0]) : `one of ${options.join(', ')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
