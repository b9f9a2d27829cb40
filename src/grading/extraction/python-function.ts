import { elementAt } from '../../core/element-at.ts';
import { splitThinking } from '../../core/thinking.ts';
import { cleanText } from './clean.ts';
import { type Block, dedent, indentOf, splitFences } from './fences.ts';
import { isProse, type PythonStatement, readStatements } from './python-statements.ts';
import { withoutMixedTabs } from './tabs.ts';

/** A stretch of code that defines the function wanted. */
interface Candidate {
  readonly section: Section;
  /** 3 finished for sure, 2 finished as far as one can tell, 1 a signature or cut off. */
  readonly rank: number;
}

/** Statements that stand together, with the lines they are made of. */
interface Section {
  readonly lines: readonly string[];
  readonly statements: readonly PythonStatement[];
  readonly fenced: boolean;
  readonly closed: boolean;
}

/**
 * The Python program in a model's answer that defines `functionName` at its top level: the last complete
 * definition, with the helpers and imports around it, and those that other code blocks of the answer
 * define and it uses. `null` when there is no such definition. Linear in the answer's length.
 *
 * Thinking is not answer; only when a thinking block is never closed and nothing else defines the
 * function is its fenced code taken. Only prose and fences are cut away, never code: what is broken or cut
 * off is handed back as it stands, and does not load, unless another block holds a whole program.
 */
export function extractPythonFunction(answer: string, functionName: string): string | null {
  return findProgram(answer, bindsName(functionName), functionName);
}

/** The last complete Python code in an answer that defines any function. */
export function extractPythonCode(answer: string): string | null {
  return findProgram(answer, (statement) => statement.kind === 'function', undefined);
}

type Wanted = (statement: PythonStatement) => boolean;

/** A `def` of the name, or an assignment to it (`name = lambda …`, `name = helper`). */
function bindsName(name: string): Wanted {
  return ({ kind, names }) => (kind === 'function' || kind === 'assignment') && names.includes(name);
}

function findProgram(answer: string, wanted: Wanted, functionName: string | undefined): string | null {
  if (functionName !== undefined && !answer.includes(functionName)) return null;
  const { answer: text, unclosed } = splitThinking(cleanText(windowsOf(answer, functionName ?? 'def ')));
  const lines = text.trimEnd().split('\n');
  const sections = sectionsIn({ kind: 'plain', lines, closed: true });
  const whole = wholeProgram(lines, sections, wanted);
  if (whole !== null) return whole;
  const isFenced = text.includes('```') || text.includes('~~~');
  const blocks: readonly Block[] = isFenced ? splitFences(text) : [{ kind: 'plain', lines, closed: true }];
  const parted = isFenced ? blocks.flatMap(sectionsIn) : sections;
  const found = bestProgram(parted, wanted) ?? indentedProgram(blocks, functionName);
  if (found !== null || unclosed === null) return found;
  const fencedThoughts = splitFences(unclosed).filter((block) => block.kind === 'fenced');
  return bestProgram(fencedThoughts.flatMap(sectionsIn), wanted);
}

/** An answer that is nothing but a finished program; fences in its strings are no fences. */
function wholeProgram(
  lines: readonly string[],
  [only, ...others]: readonly Section[],
  wanted: Wanted,
): string | null {
  if (only === undefined || others.length > 0) return null;
  const { statements } = only;
  const first = lines.findIndex((line) => line.trim() !== '');
  const isAll = statements[0]?.first === first && statements.at(-1)?.last === lines.length - 1;
  if (!isAll || !statements.every((statement) => statement.complete)) return null;
  if (!statements.some((statement) => wanted(statement))) return null;
  return `${withoutMixedTabs(lines).join('\n')}\n`;
}

/** Longest answer that is read whole, in UTF-16 units; a model's longest answers are a hundredth of it. */
const readWhole = 4_000_000;
const windowLength = 1_000_000;

/** Of a gigantic answer, its beginning, its end and the surroundings of the last mention of `name`. */
function windowsOf(answer: string, name: string): string {
  if (answer.length <= readWhole) return answer;
  const tailStart = answer.length - windowLength;
  const mention = answer.lastIndexOf(name, tailStart);
  const from = Math.max(windowLength, mention - windowLength);
  const to = Math.min(tailStart, mention + windowLength);
  const middle = mention < windowLength ? '' : answer.slice(from, to);
  return [answer.slice(0, windowLength), middle, answer.slice(tailStart)].join('\n');
}

function sectionsIn({ kind, lines, closed }: Block): Section[] {
  const fenced = kind === 'fenced';
  const runs = readStatements(lines, !fenced);
  return runs.map(({ statements }) => ({ lines, statements, fenced, closed: closed && fenced }));
}

function bestProgram(sections: readonly Section[], wanted: Wanted): string | null {
  let best: Candidate | null = null;
  for (const section of sections) {
    const target = section.statements.findLast((statement) => wanted(statement));
    if (target === undefined) continue;
    const rank = rankOf(section, target, wanted);
    if (best === null || rank >= best.rank) best = { section, rank };
  }
  return best === null ? null : assemble(best.section, sections, wanted);
}

function rankOf(section: Section, target: PythonStatement, wanted: Wanted): number {
  const isDefined = section.statements.some((statement) => wanted(statement) && statement.complete);
  const isBroken = section.statements.some((statement) => statement.broken);
  if (!isDefined || isBroken) return 1;
  return section.closed || (target.complete && target.ends) ? 3 : 2;
}

/** The section's code, behind what it uses of the other sections. */
function assemble(section: Section, sections: readonly Section[], wanted: Wanted): string {
  const own = section.statements;
  const first = section.fenced ? 0 : (own[0]?.first ?? 0);
  const last = own.at(-1)?.last ?? first;
  const code = section.lines.slice(first, last + 1).join('\n');
  const helpers = helpersFor(code, own, sections, wanted);
  const program = withoutMixedTabs([...helpers, code].join('\n').split('\n')).join('\n');
  return `${program.trimEnd()}\n`;
}

interface Helper {
  readonly text: string;
  readonly position: number;
}

/** Definitions of other sections that the code uses and lacks, and those that these use in turn. */
function helpersFor(
  code: string,
  own: readonly PythonStatement[],
  sections: readonly Section[],
  wanted: Wanted,
): string[] {
  const offered = offeredDefinitions(sections, wanted);
  if (offered.size === 0) return [];
  const known = new Set([...own.flatMap((statement) => statement.names), ...boundNames(code)]);
  const taken = new Map<number, string>();
  const texts = [code];
  for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
    for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
      const helper = known.has(name) ? undefined : offered.get(name);
      known.add(name);
      if (helper === undefined || taken.has(helper.position)) continue;
      taken.set(helper.position, helper.text);
      texts.push(helper.text);
    }
  }
  return [...taken].sort(([a], [b]) => a - b).map(([, text]) => text);
}

/** Functions, classes, imports and CONSTANTS by name; of several definitions the last one. */
function offeredDefinitions(sections: readonly Section[], wanted: Wanted): Map<string, Helper> {
  const offered = new Map<string, Helper>();
  let position = 0;
  for (const section of sections) {
    for (const statement of section.statements) {
      position++;
      if (!statement.complete || statement.kind === 'other' || wanted(statement)) continue;
      const isConstant = statement.names.every((name) => /^_?[A-Z][A-Z0-9_]*$/.test(name));
      if (statement.kind === 'assignment' && !isConstant) continue;
      const text = section.lines.slice(statement.first, statement.last + 1).join('\n');
      for (const name of statement.names) offered.set(name, { text, position });
    }
  }
  return offered;
}

/** Names that the code binds anywhere: assigned, looped over, parameters with a default. */
function boundNames(code: string): string[] {
  return [
    ...code.matchAll(/\b([A-Za-z_]\w{0,80})[ \t]{0,8}=(?!=)/g),
    ...code.matchAll(/\bfor[ \t]+([A-Za-z_]\w*)/g),
  ].map((match) => elementAt(match, 1));
}

/** Last resort for code that stands indented in plain text, as in a list or an indented code block. */
function indentedProgram(blocks: readonly Block[], functionName: string | undefined): string | null {
  if (functionName === undefined) return null;
  const sections = blocks
    .filter((block) => block.kind === 'plain')
    .flatMap((block) => {
      const at = block.lines.findLastIndex((line) => isIndentedDefinition(line, functionName));
      const stretch = at < 0 ? null : indentedStretch(block.lines, at);
      return stretch === null ? [] : sectionsIn({ ...block, lines: stretch });
    });
  return bestProgram(sections, bindsName(functionName));
}

function isIndentedDefinition(line: string, functionName: string): boolean {
  const indent = indentOf(line);
  const rest = line.slice(indent.length, indent.length + functionName.length + 40);
  const words = rest.split(/[\s(]+/);
  return (
    indent !== '' && words[words[0] === 'async' ? 2 : 1] === functionName && /^(?:async|def)\b/.test(rest)
  );
}

/**
 * The lines around a definition that are indented at least as far, less that indentation. `null` where the
 * lines beside them are code: then they are a part of something else, a class say.
 */
function indentedStretch(lines: readonly string[], at: number): string[] | null {
  const indent = indentOf(elementAt(lines, at));
  const belongs = (line: string): boolean => line.startsWith(indent) || line.trim() === '';
  let first = at;
  while (first > 0 && belongs(elementAt(lines, first - 1))) first--;
  let last = at;
  while (last + 1 < lines.length && belongs(elementAt(lines, last + 1))) last++;
  const isCode = (index: number): boolean => index in lines && !isProse(lines, index);
  return isCode(first - 1) || isCode(last + 1) ? null : dedent(lines.slice(first, last + 1));
}
