import { jsonValuesIn, wholeJson } from './json.ts';

/** Contents of elements whose name says that they hold the answer, in order; an unclosed last one counts. */
export function taggedContents(text: string): string[] {
  const found: string[] = [];
  const tag =
    /<(\/?)(?:final[_-]?)?(answer|ans|result|solution|output|label|choice|response|prediction|category|sentiment)>|\[\[\s{0,3}##\s{0,3}(\w{1,30})\s{0,3}##\s{0,3}\]\]|<\|(begin|end)_of_box\|>/gi;
  let open: { readonly name: string; readonly from: number } | undefined;
  const close = (end: number): void => {
    if (open !== undefined) found.push(text.slice(open.from, end).trim());
    open = undefined;
  };
  for (const { 0: mark, 1: slash, 2: element, 3: field, 4: box, index } of text.matchAll(tag)) {
    const name = (element ?? field ?? 'box').toLowerCase();
    const closes = slash === '/' || box === 'end' || field !== undefined;
    if (closes && open !== undefined && (open.name === name || field !== undefined)) close(index);
    const opens = field === undefined ? slash !== '/' && box !== 'end' : isAnswerKey(field);
    // Of elements inside each other the innermost holds the answer.
    if (opens) open = { name, from: index + mark.length };
  }
  close(text.length);
  return found.filter((content) => content !== '');
}

/** Contents of `\boxed{…}` and `\fbox{…}`, braces balanced, in order; empty ones are quoted from the prompt. */
export function boxedContents(text: string): string[] {
  const found: string[] = [];
  const opening = /\\(?:boxed|fbox|framebox)\s{0,3}(?:\{|(?=[\w]))/g;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = match.index + match[0].length;
    const isBraced = match[0].endsWith('{');
    const end = isBraced ? closingBrace(text, start) : start + 1;
    // An opening brace without its closing one: what is cut off is no answer, what follows is not inside.
    if (end < 0) break;
    const content = text.slice(start, end).trim();
    if (content !== '') found.push(content);
    // Boxes inside a box are read with it.
    opening.lastIndex = end;
  }
  return found;
}

function closingBrace(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '{') depth++;
    else if (text[index] === '}' && --depth === 0) return index;
  }
  return -1;
}

/** Whether a key of an object says that its value is the answer: `final_answer`, `selectedOption`. */
function isAnswerKey(key: string): boolean {
  return /^(?:(?:final|correct|best|predicted|selected|chosen|your|my|the|model)_?)*(?:answer|ans|result|solution|output|label|choice|option|response|prediction|category|class|intent|sentiment|classification|value|verdict|letter|topic)(?:_?(?:letter|label|choice|option|index|key|value|text|name|number))?$/i.test(
    key.replaceAll(/[\s-]/g, '_').slice(0, 60),
  );
}

/** How deep an answer may lie in wrapping objects and in JSON inside strings. */
const deepestField = 4;

/**
 * Values of answer-like keys in the objects of a text, as text, in order of the objects; also of one that is cut
 * off. An object with several has its `answer` first. Of a list of `{label, score}` the label with the best score.
 */
export function jsonFields(text: string): string[] {
  if (!text.includes('{')) return [];
  const whole = wholeJson(text);
  const values = whole === undefined ? jsonValuesIn(text) : [whole];
  const fields = values.flatMap(({ exact }) => fieldsOf(exact, 0));
  return fields.length > 0 ? fields : brokenField(text);
}

function fieldsOf(value: unknown, depth: number): string[] {
  if (depth > deepestField) return [];
  if (typeof value === 'string') {
    const inner = value.trimStart().startsWith('{') ? wholeJson(value.trim()) : undefined;
    return inner === undefined ? [] : fieldsOf(inner.exact, depth + 1);
  }
  if (Array.isArray(value)) {
    return value.length === 0
      ? []
      : (bestScored(value) ?? (value.length === 1 ? fieldsOf(value[0], depth + 1) : []));
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const named = entries.filter(([key]) => isAnswerKey(key));
  const ordered = [...named].sort(([a], [b]) => Number(/answer/i.test(b)) - Number(/answer/i.test(a)));
  for (const [, field] of ordered) {
    const inside = fieldsOf(field, depth + 1);
    if (inside.length > 0) return inside;
    const said = asText(field);
    if (said !== undefined) return [said];
  }
  return (
    bestOfScores(entries) ??
    entries.flatMap(([, field]) => (isWrapping(field) ? fieldsOf(field, depth + 1) : []))
  );
}

function isWrapping(field: unknown): boolean {
  return (typeof field === 'object' && field !== null) || (typeof field === 'string' && field.includes('{'));
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.length > 0) {
    const items = value.map(asText);
    return items.every((item) => item !== undefined) ? items.join(', ') : undefined;
  }
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** `[{"label": "positive", "score": 0.91}, …]`, as classifiers of Hugging Face write it. */
function bestScored(items: readonly unknown[]): string[] | undefined {
  let best: { readonly label: string; readonly score: number } | undefined;
  for (const item of items) {
    if (typeof item !== 'object' || item === null) return undefined;
    const entries = Object.entries(item);
    const label = entries.find(([key]) => isAnswerKey(key) || /^name$/i.test(key))?.[1];
    const score = entries.find(([key]) =>
      /^(?:score|prob(?:ability)?|confidence|p|likelihood)$/i.test(key),
    )?.[1];
    if (typeof label !== 'string' || typeof score !== 'number') return undefined;
    if (best === undefined || score > best.score) best = { label, score };
  }
  return best === undefined ? undefined : [best.label];
}

/** `{"positive": 0.9, "negative": 0.1}`: at least two keys, all with shares that sum to about 1. */
function bestOfScores(entries: readonly (readonly [string, unknown])[]): string[] | undefined {
  const scores = entries.flatMap(([label, score]) =>
    typeof score === 'number' && score >= 0 && score <= 1 ? [{ label, score }] : [],
  );
  if (entries.length < 2 || scores.length !== entries.length) return undefined;
  if (Math.abs(scores.reduce((sum, { score }) => sum + score, 0) - 1) > 0.05) return undefined;
  return [scores.reduce((best, each) => (each.score > best.score ? each : best)).label];
}

/** The field of an object that is too broken to be read: `"answer": …` to the line's end. */
function brokenField(text: string): string[] {
  let found: string | undefined;
  const field =
    /["'](?:final_?)?(?:answer|result|label|choice)["']\s{0,9}:\s{0,9}(?:"([^"\n]{1,2000})"?|([^\s",}][^",}\n]{0,2000}))/gi;
  for (const match of text.matchAll(field)) found = match[1] ?? match[2];
  return found === undefined || found.trim() === '' ? [] : [found.trim()];
}
