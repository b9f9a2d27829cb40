import { elementAt } from '../../core/element-at.ts';
import { looksLikeProse } from './prose.ts';
import { type LogicalLine, readLogicalLine } from './python-lines.ts';

/** A top-level statement of a Python program, with its decorators and body. */
export interface PythonStatement {
  readonly kind: 'function' | 'class' | 'import' | 'assignment' | 'other';
  /** Names that it binds. */
  readonly names: readonly string[];
  /** Physical lines, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** A bracket, string or block in it is not finished, or more is closed than was opened. */
  readonly broken: boolean;
  /** Not broken; a function has a real body. */
  readonly complete: boolean;
  /** A function whose last line, on the level of its body, returns or raises: surely not cut off. */
  readonly ends: boolean;
}

/** Runs of statements between prose; fenced code is one run. */
export interface CodeRun {
  readonly statements: readonly PythonStatement[];
}

/**
 * Statements of code; with `prose` the lines may be mixed with sentences, which part the runs. A line that is
 * neither a statement nor a sentence belongs to the run, as broken code.
 */
export function readStatements(lines: readonly string[], prose: boolean): CodeRun[] {
  const runs: CodeRun[] = [];
  let statements: PythonStatement[] = [];
  let group: LogicalLine[] = [];
  const endGroup = (): void => {
    if (group.length > 0) statements.push(statementOf(group));
    group = [];
  };
  const endRun = (): void => {
    endGroup();
    if (statements.length > 0) runs.push({ statements });
    statements = [];
  };
  /** Where the text starts with indented lines, which Python refuses before others at the margin. */
  let orphan: number | null = null;
  let hasProse = false;
  for (let index = 0; index < lines.length; ) {
    const line = elementAt(lines, index);
    if (line.trim() === '') {
      index++;
      continue;
    }
    const isTopLevel = line[0] !== ' ' && line[0] !== '\t';
    if (prose && (isTopLevel ? isProse(lines, index) : group.length === 0)) {
      endRun();
      const isOrphan = !isTopLevel && !hasProse && !looksLikeProse(line);
      if (isOrphan) orphan ??= index;
      else hasProse = true;
      index++;
      continue;
    }
    if (orphan !== null && !hasProse) statements.push(brokenStatement(orphan, index - 1));
    orphan = null;
    const logical = readLogicalLine(lines, index);
    if (isTopLevel && !logical.blank && !continuesStatement(logical, group)) endGroup();
    group.push(logical);
    index = logical.last + 1;
  }
  endRun();
  return runs;
}

function brokenStatement(first: number, last: number): PythonStatement {
  return { kind: 'other', names: [], first, last, broken: true, complete: false, ends: false };
}

function continuesStatement(line: LogicalLine, group: readonly LogicalLine[]): boolean {
  if (/^(?:else|elif|except|finally)\b/.test(line.head)) return true;
  const before = group.findLast((other) => !other.blank);
  return before !== undefined && before.indent === '' && before.head.startsWith('@');
}

function statementOf(group: readonly LogicalLine[]): PythonStatement {
  const lines = group.filter((line) => !line.blank);
  const head = lines.find((line) => !line.head.startsWith('@')) ?? lines[0];
  const first = group[0]?.first ?? 0;
  const last = group.at(-1)?.last ?? first;
  const { kind, names } = bindingOf(head?.head ?? '');
  const sound = lines.every((line) => !line.broken) && lines.at(-1)?.opensBlock !== true;
  const body = head === undefined ? [] : lines.slice(lines.indexOf(head) + 1);
  const isFunction = kind === 'function';
  return {
    kind,
    names,
    first,
    last,
    broken: !sound,
    complete: sound && (!isFunction || hasBody(head, body)),
    ends: sound && isFunction && endsByReturning(head, body),
  };
}

/** A body of only `pass`, `...` or a docstring is a signature that is talked about. */
function hasBody(head: LogicalLine | undefined, body: readonly LogicalLine[]): boolean {
  if (head !== undefined && !head.opensBlock && body.length === 0) return true;
  return body.some((line) => !/^(?:pass|\.\.\.|[rbuRBU]?"")?$/.test(line.head));
}

function endsByReturning(head: LogicalLine | undefined, body: readonly LogicalLine[]): boolean {
  const final = body.at(-1);
  if (final === undefined) return head !== undefined && !head.opensBlock;
  return final.indent === body[0]?.indent && /^(?:return|raise)\b/.test(final.head);
}

function bindingOf(head: string): Pick<PythonStatement, 'kind' | 'names'> {
  const text = head.slice(0, 2_000);
  const definition = /^(?:async\s+)?(def|class)\s+([\p{L}_][\p{L}\p{N}_]*)/u.exec(text);
  if (definition !== null) {
    return { kind: definition[1] === 'def' ? 'function' : 'class', names: [elementAt(definition, 2)] };
  }
  if (/^(?:import|from)\s/.test(text)) return { kind: 'import', names: importedNames(text) };
  const assignment = /^([A-Za-z_]\w*)(?:\s*:[^=]*)?\s*=(?!=)/.exec(text);
  if (assignment !== null) return { kind: 'assignment', names: [elementAt(assignment, 1)] };
  return { kind: 'other', names: [] };
}

function importedNames(text: string): string[] {
  const list = text.startsWith('from') ? (text.split(/\bimport\b/)[1] ?? '') : text.slice('import'.length);
  return list
    .replaceAll(/[()\\]/g, ' ')
    .split(',')
    .flatMap((part) => {
      const [name, as, alias] = part.trim().split(/\s+/);
      if (name === undefined || name === '') return [];
      return [as === 'as' && alias !== undefined ? alias : elementAt(name.split('.'), 0)];
    });
}

const codeShapes = [
  /^(?:async\s+)?def\s+[\p{L}_]\w*\s*[([]/u,
  /^class\s+[A-Za-z_]\w*\s*[(:]/,
  /^import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*\s*(?:#.*)?$/,
  /^from\s+[\w.]+\s+import\s+[\w*(]/,
  /^@[A-Za-z_][\w.]*(?:\(.*)?$/,
  /^[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\s*,\s*[A-Za-z_]\w*)*(?:\s*:\s*[\w[\]., |]+)?\s*[-+*/|&]?=(?!=)/,
  /^(?:try|else|finally|except\b[^:]*):\s*(?:#.*)?$/,
  /^(?:pass|raise|raise\s+[A-Za-z_][\w.]*(?:\(.*)?|del\s+\w+|assert\s+\w.*)$/,
  /^[A-Za-z_][\w.]*\((?:[^)]*$|.*\)\s*(?:#.*)?$)/,
  /^#/,
  /^(?:r|f)?"""|^'''/,
];
const blockHead = /^(?:if|while|for|with|elif|except|async\s+(?:for|with))\b.*:\s*(?:#.*)?$/;

/** Whether a line at the margin of mixed text is a sentence, and neither Python nor what once was. */
export function isProse(lines: readonly string[], index: number): boolean {
  return !looksLikeCode(lines, index) && looksLikeProse(elementAt(lines, index));
}

/** Whether a line at the margin of mixed text is Python rather than a sentence. */
function looksLikeCode(lines: readonly string[], index: number): boolean {
  const text = elementAt(lines, index).slice(0, 300).trimEnd();
  if (codeShapes.some((shape) => shape.test(text))) return true;
  // "For each user:" is a sentence unless an indented block, and no list, comes next.
  return blockHead.test(text) && /^[ \t]+[^\s\-*+\d]/.test((lines[index + 1] ?? '').slice(0, 200));
}
