import { splitFences } from './fences.ts';
import { finalText } from './final-text.ts';
import { type ParsedJson, parseJsonAt } from './json-parser.ts';

/** Places at which a bracket is tried as the start of a value before giving up. */
const mostAttempts = 200;
/** Characters that all those attempts together may read, as a multiple of the text's length. */
const mostPasses = 4;

/** A JSON value found in an answer; wrapped, since `null` is a value too. */
export type FoundJson = Pick<ParsedJson, 'value' | 'exact' | 'form'>;

/**
 * The JSON value in an answer: the whole of it, the last fenced block that is one, else the last object or
 * list in the text; what is JSON to the letter comes before what had to be repaired, that before what was
 * cut off, and `{}`, `[]` and `[1]` (a footnote mostly) last. `undefined` when there is none.
 */
export function extractJson(answer: string): FoundJson | undefined {
  const text = finalText(answer);
  const whole = wholeJson(text);
  if (whole !== undefined && whole.form !== 'cut') return whole;
  const fenced = splitFences(text).filter((block) => block.kind === 'fenced');
  for (const block of fenced.reverse()) {
    const found = wholeJson(block.lines.join('\n').trim());
    if (found !== undefined && (found.form !== 'cut' || !block.closed)) return found;
  }
  return jsonValuesIn(text).reduce<ParsedJson | undefined>(
    (best, value) => (best === undefined || rank(value) >= rank(best) ? value : best),
    undefined,
  );
}

/** A text that is one JSON value: a number, text or constant only when written to the letter. */
export function wholeJson(text: string): ParsedJson | undefined {
  const found = parseJsonAt(text, 0);
  if (found.value === undefined || text.slice(found.end).trim() !== '') return undefined;
  const isScalar = typeof found.value !== 'object' || found.value === null;
  return isScalar && found.form !== 'strict' ? undefined : found;
}

function rank({ value, form }: ParsedJson): number {
  const items = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  const isFootnote = Array.isArray(value) && items.length === 1 && typeof items[0] === 'number';
  if (items.length === 0 || isFootnote) return 0;
  return { cut: 1, repaired: 2, strict: 3 }[form];
}

/** The objects and lists in a text, outermost ones, in order. */
export function jsonValuesIn(text: string): ParsedJson[] {
  const found: ParsedJson[] = [];
  let allowance = text.length * mostPasses;
  const openings = /[{[]/g;
  for (let attempt = 0; attempt < mostAttempts && allowance > 0; attempt++) {
    const start = openings.exec(text)?.index;
    if (start === undefined) break;
    const value = parseJsonAt(text, start);
    allowance -= value.end - start;
    if (value.value === undefined) continue;
    found.push(value);
    openings.lastIndex = value.end;
  }
  return found;
}

/** Keys under which models put the object that was asked for. */
const wrappingKeys =
  /^(?:final_?)?(?:answer|result|output|data|response|entities|slots|extraction|extracted|json|arguments|parameters|args|input|values|items|records)$/i;

/** A value without an object that only wraps it: `{"answer": {…}}`, a tool call's `{"name": …, "arguments": {…}}`. */
export function withoutWrapping(value: unknown): unknown {
  for (let level = 0; level < 3; level++) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value);
    const rest = entries.filter(([key]) => !/^(?:name|type|id|tool|function)$/i.test(key));
    const [only] = rest;
    if (only === undefined || rest.length > 1 || !wrappingKeys.test(only[0])) return value;
    const inner = typeof only[1] === 'string' ? wholeJson(only[1].trim())?.exact : only[1];
    const isStructure = Array.isArray(inner)
      ? inner.some((item) => typeof item === 'object')
      : typeof inner === 'object' && inner !== null;
    if (!isStructure) return value;
    value = inner;
  }
  return value;
}
