import { escapePattern } from '../../core/escape-pattern.ts';
import { isRecord } from '../../core/records.ts';
import type { GraderSpec } from '../../domain/task.ts';

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
] as const;
type Kind = (typeof kinds)[number];
/** Others of promptfoo's, so that they are known for what they are. */
const unread =
  /^(not-[a-z-]+|is-json|contains-json|is-xml|is-sql|is-refusal|similar(\(.*\))?|llm-rubric|model-graded-[a-z-]+|factuality|answer-relevance|javascript|fn|eval|python|file|grade|rouge-n|bleu|levenshtein(\(.*\))?|latency|cost|perplexity|webhook|g-eval)$/;

export interface Assertion {
  readonly kind: Kind;
  readonly values: readonly string[];
}

export type ReadAssertion = Assertion | { readonly problem: string };

export const assertionForm = `one assertion out of ${kinds.join(', ')}, or a plain text`;

/** A cell of promptfoo's `__expected` column: `contains:2`, `icontains-any:a,b`, or the text itself. */
export function assertionIn(cell: unknown): ReadAssertion {
  const text = String(cell).trim();
  const [, name = '', value = ''] = /^([a-z-]+(?:\([^)]*\))?):\s*([\s\S]*)$/.exec(text) ?? [];
  if (isKind(name)) return { kind: name, values: valuesOf(name, value) };
  if (unread.test(name) || unread.test(text))
    return { problem: `the assertion ${name === '' ? text : name}` };
  return { kind: 'equals', values: [text] };
}

/** The `assert` list of a promptfoo test, from that field; `undefined` where the value is no such list. */
export function assertionOf(value: unknown, field: string): ReadAssertion | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const typed = list.flatMap((each) =>
    isRecord(each) && typeof each.type === 'string' && (isKind(each.type) || unread.test(each.type))
      ? [each]
      : [],
  );
  if (typed.length === 0 || typed.length < list.length) return undefined;
  const several = typed.length > 1 ? allPieces(typed) : undefined;
  if (several !== undefined) return several;
  if (typed.length > 1)
    return {
      problem: tooMany(
        typed.map(({ type }) => String(type)),
        field,
      ),
    };
  const [only] = typed;
  const type = String(only?.type);
  if (!isKind(type)) return { problem: `the assertion ${type}` };
  return { kind: type, values: textsOf(only?.value) };
}

/** `contains` several times over is `contains-all`. */
function allPieces(typed: readonly Readonly<Record<string, unknown>>[]): Assertion | undefined {
  const [kind] = (['contains', 'icontains'] as const).filter((name) =>
    typed.every(({ type }) => type === name || type === `${name}-all`),
  );
  if (kind === undefined) return undefined;
  return { kind: `${kind}-all`, values: typed.flatMap(({ value }) => textsOf(value)) };
}

/** @param types of a question's assertions, in their order */
function tooMany(types: readonly string[], field: string): string {
  const first = types.findIndex(isKind);
  const way =
    first === -1
      ? 'none of these can be checked by text alone'
      : `--gold ${field}.${first} takes ${types[first]} alone, and checks no other`;
  return `${types.join(', ')} for one question (${way})`;
}

function textsOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((each) => (each === undefined || each === null ? [] : [String(each)]));
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

function isKind(name: string): name is Kind {
  return kinds.some((kind) => kind === name);
}

function valuesOf(kind: Kind, value: string): string[] {
  return kind.endsWith('-any') || kind.endsWith('-all')
    ? value.split(',').map((each) => each.trim())
    : [value.trim()];
}
