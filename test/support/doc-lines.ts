import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Pages whose code blocks are played, as paths in the repository. */
export const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A fenced block of code. */
export interface CodeBlock {
  readonly page: string;
  /** Of its first line. */
  readonly line: number;
  /** What stands behind the fence: `sh`, `yaml`; empty where nothing does. */
  readonly language: string;
  /** What stands behind that: what of a whole the block is. */
  readonly kind?: string;
  readonly text: string;
  /**
   * Why it is not played, as the page itself says, where readers do not see it: `<!-- not played: reason -->` before
   * the block, or `<!-- not played (a; b): reason -->` for its lines that hold one of these texts.
   */
  readonly mark?: { readonly reason: string; readonly texts?: readonly string[] };
}

const fence = /^( *)```(\S*) *([^\n]*)\n([\s\S]*?)^\1```$/gm;
const mark = /<!-- not played(?: \((.+?)\))?: (.+?) -->\s*$/;

function codeBlocksIn(text: string, page: string): CodeBlock[] {
  let end = 0;
  return [...text.matchAll(fence)].map((match) => {
    const [whole, indent = '', language = '', kind = '', body = ''] = match;
    const before = text.slice(end, match.index);
    end = match.index + whole.length;
    const [, texts, reason] = mark.exec(before) ?? [];
    return {
      page,
      line: text.slice(0, match.index).split('\n').length + 1,
      language,
      ...(kind === '' ? {} : { kind }),
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      ...(reason === undefined
        ? {}
        : { mark: { reason, ...(texts === undefined ? {} : { texts: texts.split('; ') }) } }),
    };
  });
}

export const codeBlocksOf = (page: string): CodeBlock[] =>
  codeBlocksIn(readFileSync(join(root, page), 'utf8'), page);

/** A line of a shell that starts mixtune. */
export interface ShellLine {
  readonly page: string;
  readonly line: number;
  /** As the page has it, continued lines joined. */
  readonly text: string;
  /** Behind `mixtune`. */
  readonly argv: readonly string[];
  /** `NAME=value` before the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that it reads and writes by `<` and `>`. */
  readonly stdin?: string;
  readonly stdout?: string;
  /** Why it is not played. */
  readonly notPlayed?: string;
}

const command = /^(?:\$ )?(?<env>(?:[A-Z_]+=\S+ )*)(?:npx )?mixtune(?<rest>(?: (?:[^\n]*\\\n)*[^\n]*)?)$/gm;
// A word, quoted or not, an operator, or a comment up to the end of the line.
const piece = /\s*(?:(#.*)|([<>])|((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\<>])+))/gy;

/** What a POSIX shell makes of words without expansion. */
function wordsOf(text: string): { readonly words: string[]; readonly files: Record<string, string> } {
  const words: string[] = [];
  const files: Record<string, string> = {};
  let operator: string | undefined;
  for (const [, comment, sign, word] of text.replaceAll('\\\n', ' ').matchAll(piece)) {
    if (comment !== undefined) break;
    if (sign !== undefined) operator = sign;
    if (word === undefined) continue;
    const plain = word.replaceAll(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '',
    );
    if (operator === undefined) words.push(plain);
    else files[operator] = plain;
    operator = undefined;
  }
  return { words, files };
}

/** The lines of a block that start mixtune, in order. */
export function shellLinesOf({ page, line, text, mark }: CodeBlock): ShellLine[] {
  return [...text.matchAll(command)].map((match) => {
    const { env = '', rest = '' } = match.groups ?? {};
    const { words, files } = wordsOf(rest);
    const isMarked = mark !== undefined && (mark.texts?.some((each) => match[0].includes(each)) ?? true);
    return {
      page,
      line: line + text.slice(0, match.index).split('\n').length - 1,
      text: match[0].replaceAll(/ *\\\n */g, ' '),
      argv: words,
      env: Object.fromEntries(
        [...env.matchAll(/([A-Z_]+)=(\S+) /g)].map(([, name = '', value = '']) => [name, value]),
      ),
      ...(files['<'] === undefined ? {} : { stdin: files['<'] }),
      ...(files['>'] === undefined ? {} : { stdout: files['>'] }),
      ...(isMarked ? { notPlayed: mark.reason } : {}),
    };
  });
}
