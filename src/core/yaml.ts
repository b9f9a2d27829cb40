import { isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { InputError, type InputIssue, messageOf } from './errors.ts';
import { err, ok, type Result } from './result.ts';

export interface YamlDocument {
  /** Plain data: objects, arrays, strings, numbers, booleans, null. An empty document is `null`. */
  readonly value: unknown;
  /** 1-based line of the value at a path (its key's line), or of the nearest value around it. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/**
 * Longest text taken, in UTF-16 units (32 Mi). A config or task file is a few kilobytes; anything near
 * this is a wrong file.
 */
const maxLength = 32 * 1024 * 1024;

/** Aliases resolved before the document is refused: nested aliases grow exponentially. */
const maxAliases = 100;

/** Deepest nesting taken. The parser is recursive, and running out of stack there can end the process. */
const maxDepth = 200;

/**
 * Reads one YAML 1.2 document (JSON is YAML). Syntax errors, repeated keys, unknown tags and alias
 * bombs are input errors with their line.
 */
export function parseYaml(text: string, source: string): Result<YamlDocument, InputError> {
  if (text.length > maxLength) {
    const found = `${text.length} characters`;
    return err(new InputError(source, { found, expected: `at most ${maxLength} characters` }));
  }
  const tooDeepAt = lineNestedTooDeep(text);
  if (tooDeepAt !== undefined) {
    const expected = `nesting of at most ${maxDepth} levels`;
    return err(new InputError(source, { expected, found: 'more', line: tooDeepAt }));
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return err(new InputError(source, jsonIssue(text, lines) ?? syntaxIssues(faults.slice(0, 5), lines)));
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    if (text.includes('&')) refuseCycles(value);
    return ok({ value, lineOf: (path) => lineAt(document.contents, path, lines) });
  } catch (error) {
    // Thrown for an alias without an anchor, within what it names, and for too many: all the text's fault.
    const found = messageOf(error);
    return err(new InputError(source, { expected: 'YAML without unresolved or excessive aliases', found }));
  }
}

/** Who reads a value expects an end of it. @throws Error where a list or object holds itself */
function refuseCycles(value: unknown): void {
  const [open, done] = [new Set<unknown>(), new Set<unknown>()];
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || done.has(part)) return;
    if (open.has(part)) throw new Error('an alias within what it names');
    open.add(part);
    for (const inner of Object.values(part)) look(inner);
    open.delete(part);
    done.add(part);
  };
  look(value);
}

/**
 * 1-based line on which nesting may pass {@link maxDepth}: by open brackets, by indicators (`- - -`) on
 * one line, or by columns of indentation, each of which can open a level.
 */
function lineNestedTooDeep(text: string): number | undefined {
  let line = 1;
  let brackets = 0;
  let onLine = 0;
  let isScalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    const isContent = isScalarNext || lexeme.startsWith('"') || lexeme.startsWith("'");
    isScalarNext = lexeme === scalarMark;
    if (isContent || lexeme.includes('\n')) {
      line += lexeme.split('\n').length - 1;
      if (!isContent) onLine = 0;
      continue;
    }
    if (lexeme === '[' || lexeme === '{') brackets++;
    else if (lexeme === ']' || lexeme === '}') brackets--;
    else if (brackets === 0 && /^[-?:]$/.test(lexeme)) onLine++;
    else if (brackets === 0 && onLine === 0 && /^ +$/.test(lexeme)) onLine = lexeme.length;
    if (brackets > maxDepth || onLine > maxDepth) return line;
  }
  return undefined;
}

/** The lexer's mark before a plain or block scalar. */
const scalarMark = '\x1f';

/** What is wrong with a text that is meant as JSON, in JSON's words; `undefined` where that is not known. */
function jsonIssue(text: string, lines: LineCounter): InputIssue | undefined {
  if (!/^\s*[{[]\s*["{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch (error) {
    // Other messages quote the text, which may hold a secret.
    const [, found, at] = /^([^…]*) in JSON at position (\d+)/.exec(messageOf(error)) ?? [];
    if (found === undefined || found.includes('...')) return undefined;
    return { path: '', expected: 'valid JSON', found, line: lines.linePos(Number(at)).line };
  }
  return undefined;
}

function syntaxIssues(faults: readonly YAMLError[], lines: LineCounter) {
  return faults.map((fault) => ({
    path: '',
    expected: 'valid YAML or JSON',
    found: `${fault.code.toLowerCase().replaceAll('_', ' ')}: ${fault.message}`,
    line: lines.linePos(fault.pos[0]).line,
  }));
}

function lineAt(
  root: Node | null,
  path: readonly (string | number)[],
  lines: LineCounter,
): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step] as Node | undefined;
      if (item === undefined) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
