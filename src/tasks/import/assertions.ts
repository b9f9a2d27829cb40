import { escapePattern } from '../../core/escape-pattern.ts';
import { isRecord } from '../../core/records.ts';
import { shortened } from '../../core/shortened.ts';
import { parseYaml } from '../../core/yaml.ts';
import type { GraderSpec } from '../../domain/task.ts';
import { fieldsIn, filled, scalarText } from './question-text.ts';
import { kindOf, stepsOf, valueAt } from './values.ts';

/** Assertions of promptfoo's tests that mixtune can check: by text alone. */
const kinds = [
  'equals',
  'contains',
  'icontains',
  'contains-any',
  'icontains-any',
  'contains-all',
  'icontains-all',
  'starts-with',
  'regex',
  'is-json',
  'contains-json',
] as const;
type Kind = (typeof kinds)[number];
/** Others of promptfoo's, so that they are known for what they are. */
const unread =
  /^(not-[a-z-]+|is-xml|is-sql|is-refusal|similar(\(.*\))?|llm-rubric|model-graded-[a-z-]+|factuality|answer-relevance|javascript|fn|eval|python|file|grade|rouge-n|bleu|levenshtein(\(.*\))?|latency|cost|perplexity|webhook|g-eval)$/;

export interface Assertion {
  readonly kind: Kind;
  readonly values: readonly string[];
  /** Of JSON. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

export type ReadAssertion = Assertion | { readonly problem: string };

export const assertionForm = `one assertion out of ${kinds.join(', ')}, or a plain text`;

/** What `{{name}}` in an assertion's value stands for. */
export type Variables = Readonly<Record<string, unknown>>;

/** A cell of promptfoo's `__expected` column: `contains:2`, `icontains-any:a,b`, or the text itself. */
export function assertionIn(cell: unknown, vars: Variables): ReadAssertion {
  const text = String(cell).trim();
  const [, name = '', value = ''] = /^([a-z-]+(?:\([^)]*\))?):\s*([\s\S]*)$/.exec(text) ?? [];
  if (isJsonKind(text)) return { kind: text, values: [], schema: {} };
  if (isKind(name)) return settled(name, value, vars);
  if (unread.test(name) || unread.test(text))
    return { problem: `the assertion ${name === '' ? text : name}` };
  return settled('equals', text, vars);
}

/** The `assert` list of a promptfoo test, from that field; `undefined` where the value is no such list. */
export function assertionOf(value: unknown, field: string, vars: Variables): ReadAssertion | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const isNamed = stepsOf(field)[0] === 'assert';
  const elsewhere = isNamed ? list.find(standsElsewhere) : undefined;
  if (elsewhere !== undefined) return { problem: JSON.stringify(elsewhere) };
  const typed = list.flatMap((each) =>
    isRecord(each) &&
    typeof each.type === 'string' &&
    (isNamed || isKind(each.type) || unread.test(each.type))
      ? [each]
      : [],
  );
  const [first, ...further] = typed;
  if (first === undefined || typed.length < list.length) return undefined;
  if (further.length === 0) return settledOf(first, vars);
  const read = typed.map((each) => settledOf(each, vars));
  if (!read.every((each) => 'kind' in each)) {
    const known = read.filter((_, index) => isKind(String(typed[index]?.type)));
    return known.find((each) => 'problem' in each) ?? { problem: tooMany(typed, field) };
  }
  return allPieces(read) ?? { problem: tooMany(typed, field) };
}

/** Another file, or a template of the same one. */
function standsElsewhere(each: unknown): boolean {
  return typeof each === 'string' ? isElsewhere.test(each) : isRecord(each) && '$ref' in each;
}

const isElsewhere = /^(file|package):\/\//;

/** How an assertion is called: its type, and where it stands where that is not in the test itself. */
export function assertionName({ type, place }: Readonly<Record<string, unknown>>): string {
  return typeof place === 'string' ? `${type} (${place})` : String(type);
}

function settledOf(assertion: Readonly<Record<string, unknown>>, vars: Variables): ReadAssertion {
  const { type, value, transform } = assertion;
  const name = assertionName(assertion);
  const kind = String(type);
  if (!isKind(kind)) return { problem: `the assertion ${name}` };
  if (transform !== undefined) return { problem: `the assertion ${name} on a transformed answer` };
  return settled(kind, value, vars);
}

/** With its variables filled in; a list written as one text has commas. */
function settled(kind: Kind, value: unknown, vars: Variables): ReadAssertion {
  if (isJsonKind(kind)) {
    const schema = schemaIn(value);
    return schema === undefined ? { problem: `${kind} of ${kindOf(value)}` } : { kind, values: [], schema };
  }
  const listed: unknown[] = Array.isArray(value) ? value : [value];
  const texts: string[] = [];
  for (const each of listed) {
    if (each === undefined || each === null) continue;
    const text = withVariables(each, vars);
    if (text === undefined) {
      const what = isRecord(each) ? 'an object' : JSON.stringify(shortened(String(each), 58));
      return { problem: `${kind} of ${what}` };
    }
    texts.push(text);
  }
  const isList = kind.endsWith('-any') || kind.endsWith('-all');
  return {
    kind,
    values:
      isList && !Array.isArray(value)
        ? texts.flatMap((text) => text.split(',').map((each) => each.trim()))
        : texts,
  };
}

/** The JSON Schema of an assertion, also as text of JSON or YAML; any JSON will do without one. */
function schemaIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null || value === '') return {};
  if (isRecord(value)) return value;
  if (typeof value !== 'string' || isElsewhere.test(value)) return undefined;
  const read = parseYaml(value, 'schema');
  return read.ok && isRecord(read.value.value) ? read.value.value : undefined;
}

/** `undefined` for what only promptfoo can work out: files, filters, variables that nobody gave. */
function withVariables(value: unknown, vars: Variables): string | undefined {
  const text = scalarText(value);
  if (text === undefined || isElsewhere.test(text) || text.includes('{%')) return undefined;
  const variable = (name: string): string | undefined => scalarText(valueAt(vars, name));
  if (fieldsIn(text).some((name) => variable(name) === undefined)) return undefined;
  return filled(text, variable);
}

/** `contains` several times over is `contains-all`. */
function allPieces(read: readonly Assertion[]): Assertion | undefined {
  const [kind] = (['contains', 'icontains'] as const).filter((name) =>
    read.every((each) => each.kind === name || each.kind === `${name}-all`),
  );
  if (kind === undefined) return undefined;
  return { kind: `${kind}-all`, values: read.flatMap(({ values }) => values) };
}

/** @param typed a question's assertions, in their order */
function tooMany(typed: readonly Readonly<Record<string, unknown>>[], field: string): string {
  const kinds = typed.map(({ type }) => String(type));
  const ofText = kinds.findIndex((kind) => isKind(kind) && !isJsonKind(kind));
  const first = ofText === -1 ? kinds.findIndex(isKind) : ofText;
  const way =
    first === -1
      ? 'none of these can be checked by text alone'
      : `--gold ${field}.${first} takes ${String(typed[first]?.type)} alone, and checks no other`;
  return `${typed.map(assertionName).join(', ')} for one question (${way})`;
}

export interface ReadAssertions {
  /** Undefined: the golds are the answers themselves, for any grader. */
  readonly grader?: GraderSpec;
  readonly golds: readonly unknown[];
  /** Answers that deserve full marks. */
  readonly references: readonly string[];
  /** What is checked otherwise than the file has it, for people. */
  readonly note?: string;
}

/** One grader for all of a file's assertions. `undefined` where there is none. */
export function graderOfAssertions(assertions: readonly Assertion[]): ReadAssertions | undefined {
  const references = assertions.map(({ kind, values }) =>
    kind.endsWith('-all') ? values.join('\n') : (values[0] ?? ''),
  );
  const found = new Set(assertions.map(({ kind }) => kind));
  const [only] = found;
  if (assertions.some(({ kind }) => isJsonKind(kind))) {
    // promptfoo's is-json reads the whole output with JSON.parse.
    const grader = { name: 'json-schema', ...(only === 'is-json' ? { bare: true } : {}) };
    const golds = assertions.map(({ schema }) => schema);
    return found.size > 1 ? undefined : { grader, golds, references: [] };
  }
  if (found.size === 1 && only === 'equals')
    return { golds: assertions.map(({ values }) => values[0] ?? ''), references };
  if (found.size === 1 && only?.includes('contains')) {
    const mode = only.endsWith('-any') ? { mode: 'any' } : {};
    const grader = { name: 'contains', ...mode, ...(only.startsWith('i') ? {} : { caseSensitive: true }) };
    return { grader, golds: assertions.map(({ values }) => [...values]), references };
  }
  const patterns = assertions.map(patternOf);
  if (patterns.some((pattern) => pattern === undefined)) return piecesOf(assertions, references);
  // A pattern's own text does not match it.
  return { grader: { name: 'regex' }, golds: patterns, references: found.has('regex') ? [] : references };
}

/** Assertions of which some want several texts, which no pattern says: the grader contains, where it checks all. */
function piecesOf(
  assertions: readonly Assertion[],
  references: readonly string[],
): ReadAssertions | undefined {
  const fit = assertions.every(
    ({ kind, values }) => kind.includes('contains') && (!kind.endsWith('-any') || values.length === 1),
  );
  if (!fit) return undefined;
  const anyCase = assertions.filter(({ kind }) => kind.startsWith('i'));
  const grader = { name: 'contains', ...(anyCase.length > 0 ? {} : { caseSensitive: true }) };
  const isLooser = anyCase.length > 0 && anyCase.length < assertions.length;
  return {
    grader,
    golds: assertions.map(({ values }) => [...values]),
    references,
    ...(isLooser ? { note: 'case counts in none of them, since it does not in some' } : {}),
  };
}

function patternOf({ kind, values }: Assertion): string | undefined {
  const any = values.map(escapePattern).join('|');
  switch (kind) {
    case 'equals':
      return `^\\s*(?:${any})\\s*$`;
    case 'contains':
    case 'contains-any':
      return `(?:${any})`;
    case 'icontains':
    case 'icontains-any':
      return `(?i:${any})`;
    case 'starts-with':
      return `^\\s*(?:${any})`;
    case 'regex':
      return values[0];
    default:
      return values.length === 1 ? `(${kind.startsWith('i') ? '?i' : '?'}:${any})` : undefined;
  }
}

function isJsonKind(name: string): name is 'is-json' | 'contains-json' {
  return name === 'is-json' || name === 'contains-json';
}

function isKind(name: string): name is Kind {
  return kinds.some((kind) => kind === name);
}
