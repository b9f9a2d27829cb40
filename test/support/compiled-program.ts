import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from 'esbuild';

const root = join(import.meta.dirname ?? '.', '..', '..');
/** Kept from one run of the tests to the next. Node finds the packages from here. */
export const compiledFolder = join(root, 'node_modules', '.cache', 'mixtune-compiled');

const output = (file: string): string =>
  join(compiledFolder, relative(root, file).replace(/(?<!\.d)\.ts$/, '.js'));

/** Looked at by this process already. */
const fresh = new Set<string>();

/**
 * Compiles a TypeScript program and all files of the repository that it imports, those that have changed since,
 * so that Node starts it at once, as it starts an installed mixtune.
 * @param entry below the repository's folder
 * @returns the program's file
 */
export function compiledProgram(entry: string): string {
  prepareFolder();
  const waiting = [join(root, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (fresh.has(file)) continue;
    fresh.add(file);
    const text = freshOutput(file);
    for (const [, path = ''] of text.matchAll(/(?:\bfrom |\bimport\()['"](\.[^'"]+)\.js['"]/g)) {
      waiting.push(join(dirname(file), `${path}.ts`));
    }
  }
  return output(join(root, entry));
}

function freshOutput(file: string): string {
  const [compiled, { mtimeMs, atime, mtime }] = [output(file), statSync(file)];
  const known = statSync(compiled, { throwIfNoEntry: false });
  if (known !== undefined && Math.abs(known.mtimeMs - mtimeMs) < 1) return readFileSync(compiled, 'utf8');
  const text = transpiled(readFileSync(file, 'utf8'));
  replaceFile(compiled, text);
  utimesSync(compiled, atime, mtime);
  return text;
}

/** One file by itself; tsc would take ten times as long. */
function transpiled(source: string): string {
  const { code } = transformSync(source, {
    loader: 'ts',
    target: 'node20.19',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return code.replaceAll(/((?:\bfrom |\bimport\(|\bimport )"\.[^"]*)\.ts(?=")/g, '$1.js');
}

/** Files that are read as they are, such as the grader's Python, and the folders that a package brings. */
function prepareFolder(): void {
  if (fresh.size > 0) return;
  mkdirSync(compiledFolder, { recursive: true });
  replaceFile(join(compiledFolder, 'package.json'), '{"type":"module","version":"0.0.0-test"}');
  for (const shipped of ['tasks', 'search-spaces']) {
    const link = join(compiledFolder, shipped);
    if (!existsSync(link)) linkTo(join(root, shipped), link);
  }
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !/\.tsx?$/.test(entry.name)) replaceFile(output(file), readFileSync(file));
  }
}

function linkTo(target: string, link: string): void {
  try {
    symlinkSync(target, link);
  } catch (error) {
    // The other worker of the tests was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whole at any moment: another worker may be compiling, and a program may be starting. */
function replaceFile(file: string, text: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}
