import { elementAt } from '../../core/element-at.ts';
import { indentOf } from './fences.ts';

/** One logical line of Python: physical lines joined by brackets, triple quotes or backslashes. */
export interface LogicalLine {
  /** Indices into the physical lines, both inclusive. */
  readonly first: number;
  readonly last: number;
  readonly indent: string;
  /** Code of the first physical line, strings and comments blanked. */
  readonly head: string;
  /** Code of the whole logical line ends with a colon: a block must follow. */
  readonly opensBlock: boolean;
  /** Not finished: an open bracket or string at the end, a stray bracket, a dangling operator. */
  readonly broken: boolean;
  readonly blank: boolean;
}

interface ScanState {
  depth: number;
  triple: '"""' | "'''" | null;
  joined: boolean;
  broken: boolean;
}

/** A top-level line that cannot be inside brackets: an unclosed bracket before it was a slip. */
const surelyTopLevel = /^(?:def|class|async def|import|from)\s/;
/** Ends no statement: an operator, a comma that is not a tuple's, a keyword that wants a value. */
const dangling =
  /(?:[-+*/%=<>&|^,.(]|\b(?:and|or|not|in|is|if|else|import|from|def|class|lambda|for|while))$/;
const compoundHead = /^(?:if|elif|else|for|while|try|except|finally|with|def|class|async|match)\b/;

/** The logical line that starts at a physical line. Looks at each of its lines once. */
export function readLogicalLine(lines: readonly string[], first: number): LogicalLine {
  const state: ScanState = { depth: 0, triple: null, joined: false, broken: false };
  const codes: string[] = [];
  let last = first;
  for (; last < lines.length; last++) {
    const line = elementAt(lines, last);
    if (last > first && state.triple === null && state.depth > 0 && surelyTopLevel.test(line)) {
      state.broken = true;
      break;
    }
    codes.push(scanLine(line, state));
    if (state.triple === null && state.depth <= 0 && !state.joined) {
      last++;
      break;
    }
  }
  const isOpen = state.triple !== null || state.depth > 0 || state.joined;
  const code = codes
    .map((part) => part.trim())
    .join(' ')
    .trim();
  const opensBlock = code.endsWith(':');
  const head = (codes[0] ?? '').trim();
  const lacksColon = compoundHead.test(head) && !code.includes(':');
  return {
    first,
    last: Math.max(first, last - 1),
    indent: indentOf(elementAt(lines, first)),
    head,
    opensBlock,
    broken: state.broken || state.depth < 0 || isOpen || lacksColon || isDangling(code.slice(-20)),
    blank: code === '',
  };
}

function isDangling(end: string): boolean {
  return dangling.test(end) && !end.endsWith('...') && !/\bimport\s*\*$/.test(end);
}

/** Blanks strings and comments of one physical line and carries open brackets and quotes onwards. */
function scanLine(line: string, state: ScanState): string {
  const parts: string[] = [];
  state.joined = false;
  let index = 0;
  if (state.triple !== null) {
    index = endOfTriple(line, 0, state.triple);
    if (index < 0) return '';
    state.triple = null;
  }
  let from = index;
  while (index < line.length) {
    const character = line.charAt(index);
    if (character === '#') break;
    if (character === '"' || character === "'") {
      parts.push(line.slice(from, index), '""');
      index = skipString(line, index, state);
      from = index;
      continue;
    }
    if (character === '(' || character === '[' || character === '{') state.depth++;
    else if (character === ')' || character === ']' || character === '}') state.depth--;
    else if (character === '\\' && index === line.length - 1) state.joined = true;
    index++;
  }
  parts.push(line.slice(from, index));
  return parts.join('');
}

function skipString(line: string, start: number, state: ScanState): number {
  const quote = line.charAt(start);
  if (line.startsWith(quote.repeat(3), start)) {
    const triple = quote === '"' ? '"""' : "'''";
    const end = endOfTriple(line, start + 3, triple);
    if (end >= 0) return end;
    state.triple = triple;
    return line.length;
  }
  for (let index = start + 1; index < line.length; index++) {
    if (line[index] === '\\') index++;
    else if (line[index] === quote) return index + 1;
  }
  state.broken = true;
  return line.length;
}

function endOfTriple(line: string, start: number, triple: string): number {
  for (let index = start; index < line.length; index++) {
    if (line[index] === '\\') index++;
    else if (line.startsWith(triple, index)) return index + 3;
  }
  return -1;
}
