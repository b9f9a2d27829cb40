import { indentOf } from './fences.ts';
import { type LogicalLine, readLogicalLine } from './python-lines.ts';

/**
 * Code whose indentation mixes tabs with spaces, which Python refuses, in spaces alone. The width of a
 * tab is the one that makes the blocks fit (4, 8, 2 or 1 columns); consistent code stays as it is.
 */
export function withoutMixedTabs(lines: readonly string[]): string[] {
  const logical: LogicalLine[] = [];
  for (let index = 0; index < lines.length; ) {
    const line = readLogicalLine(lines, index);
    if (!line.blank) logical.push(line);
    index = line.last + 1;
  }
  const hasTabs = logical.some((line) => line.indent.includes('\t'));
  const hasSpaces = logical.some((line) => line.indent.includes(' '));
  if (!hasTabs || !hasSpaces) return [...lines];
  const width = [4, 8, 2, 1].find((candidate) => fits(logical, candidate)) ?? 4;
  // Only lines that start a statement: inside a string or brackets whitespace is not structure.
  const starts = new Set(logical.map((line) => line.first));
  return lines.map((line, index) => (starts.has(index) ? reindented(line, width) : line));
}

/** Blocks open only after a colon and close only to a level that is open. */
function fits(lines: readonly LogicalLine[], width: number): boolean {
  const levels = [0];
  let mayOpen = false;
  for (const line of lines) {
    const column = columnsOf(line.indent, width);
    const level = levels.at(-1) ?? 0;
    if (mayOpen !== column > level) return false;
    if (column > level) levels.push(column);
    while (column < (levels.at(-1) ?? 0)) levels.pop();
    if (column !== levels.at(-1)) return false;
    mayOpen = line.opensBlock;
  }
  return true;
}

function reindented(line: string, width: number): string {
  const indent = indentOf(line);
  return ' '.repeat(columnsOf(indent, width)) + line.slice(indent.length);
}

function columnsOf(indent: string, width: number): number {
  let column = 0;
  for (const character of indent) column += character === '\t' ? width - (column % width) : 1;
  return column;
}
