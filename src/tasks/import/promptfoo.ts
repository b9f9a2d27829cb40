import type { InputIssue } from '../../core/errors.ts';
import { isRecord, isScalar } from '../../core/records.ts';
import { filled } from './question-text.ts';
import { kindOf, stepsOf } from './values.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A document as promptfoo evaluates it, where it is one of its configurations; else as it is. */
export interface PromptfooDocument {
  readonly document: unknown;
  /** Texts of its `prompts`, plain or under `raw`, with what stands around them in all tests. */
  readonly prompts: readonly string[];
  /** What of it is not read, and changes questions or which answers are right. */
  readonly issues: readonly InputIssue[];
}

/**
 * Puts what `defaultTest` says into each test: variables that it has not, and assertions before its own, which have
 * their `place` then, unless the test disables them.
 * @param gold path of the gold answer in a row; only where it is an assertion do transformed answers matter
 */
export function readPromptfoo(document: unknown, gold = ''): PromptfooDocument {
  if (!isRecord(document) || !isConfiguration(document)) return { document, prompts: [], issues: [] };
  const { defaultTest } = document;
  const given: unknown[] = Array.isArray(document.tests) ? document.tests : [];
  const defaults = fieldsOf(defaultTest);
  const asserted = listOf(defaults.assert).map((each, index) =>
    isRecord(each) ? { ...each, place: `defaultTest.assert[${index}]` } : each,
  );
  const issues = [
    ...(document.scenarios === undefined
      ? []
      : [
          {
            path: 'scenarios',
            found: kindOf(document.scenarios),
            expected: 'their tests, written out in tests',
          },
        ]),
    ...fileIssues(document.tests, 'tests'),
    ...given.flatMap((test, index) => fileIssues(test, `tests[${index}]`)),
    ...fileIssues(defaultTest, 'defaultTest'),
    ...testIssues(defaults, 'defaultTest', gold),
    ...given.flatMap((test, index) => testIssues(fieldsOf(test), `tests[${index}]`, gold)),
  ];
  const tests = given.map((test) =>
    isRecord(test) && defaultTest !== undefined ? withDefaults(test, defaults, asserted) : test,
  );
  const prompts = promptsAround(textsOf(document.prompts), given.map(fieldsOf), defaults);
  // Where nobody says yet what rows are to have, they are the tests.
  const rest = gold === '' ? {} : { ...document, defaultTest: null };
  return { document: { ...rest, tests }, prompts, issues };
}

function isConfiguration({ tests, scenarios, defaultTest, prompts }: Fields): boolean {
  const hasTests = Array.isArray(tests) || Array.isArray(scenarios) || isFile(tests);
  return hasTests && (defaultTest !== undefined || prompts !== undefined);
}

function withDefaults(test: Fields, defaults: Fields, asserted: readonly unknown[]): Fields {
  const isBare = fieldsOf(test.options).disableDefaultAsserts === true;
  const assert = [...(isBare ? [] : asserted), ...listOf(test.assert)];
  const vars = { ...fieldsOf(defaults.vars), ...fieldsOf(test.vars) };
  return { ...test, vars, ...(assert.length === 0 ? {} : { assert }) };
}

function fileIssues(value: unknown, path: string): InputIssue[] {
  if (!isFile(value)) return [];
  return [{ path, found: JSON.stringify(value), expected: 'what stands in that file, in its place' }];
}

function testIssues({ options, vars }: Fields, path: string, gold: string): InputIssue[] {
  const given = fieldsOf(options);
  const isAsserted = stepsOf(gold)[0] === 'assert';
  const unread = [...(isAsserted ? ['transform', 'postprocess'] : []), 'transformVars'];
  return [
    ...unread
      .filter((name) => Object.hasOwn(given, name))
      .map((name) => ({
        path: `${path}.options.${name}`,
        found: kindOf(given[name]),
        expected: noTransform,
      })),
    ...fileIssues(vars, `${path}.vars`),
    ...Object.entries(fieldsOf(vars)).flatMap(([name, value]) => fileIssues(value, `${path}.vars.${name}`)),
  ];
}

const noTransform = 'none, since questions and answers are taken as they stand';

/** With prefix and suffix, and with variables that are the same in all tests; once for each way around. */
function promptsAround(prompts: readonly string[], tests: readonly Fields[], defaults: Fields): string[] {
  const varied = new Set(tests.flatMap(({ vars }) => Object.keys(fieldsOf(vars))));
  const constant = Object.entries(fieldsOf(defaults.vars)).filter(
    ([name, value]) => !varied.has(name) && isScalar(value),
  );
  const constants = new Map(constant.map(([name, value]) => [name, String(value)]));
  return prompts.flatMap((text) => {
    if (isFile(text)) return [text];
    const whole = tests.map(({ options }) => {
      const { prefix = '', suffix = '' } = { ...fieldsOf(defaults.options), ...fieldsOf(options) };
      return filled(`${prefix}${text}${suffix}`, (name) => constants.get(name));
    });
    return [...new Set(whole)];
  });
}

function textsOf(prompts: unknown): string[] {
  return listOf(prompts).flatMap((each) => {
    const text = isRecord(each) ? (each.raw ?? each.id) : each;
    return typeof text === 'string' ? [text] : [];
  });
}

function isFile(value: unknown): value is string {
  return typeof value === 'string' && /^(file|https?|huggingface|exec|python):\/\//.test(value);
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
