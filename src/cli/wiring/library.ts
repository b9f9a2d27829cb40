import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { defined } from '../../core/defined.ts';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import { parseYaml } from '../../core/yaml.ts';
import type { SearchSpaceFile } from '../../search/space.ts';
import type { CliContext } from '../context.ts';

/** Where tasks or search spaces are looked for: the working folder's own first, then mixtune's. */
export function libraryFolders(context: CliContext, kind: 'tasks' | 'search-spaces'): string[] {
  return [...new Set([resolve(context.cwd, kind), resolve(context.packageFolder, kind)])];
}

/** Names of the folders (`directory`) or YAML and JSON files in the given folders; a missing folder holds none. */
export async function listNames(
  folders: readonly string[],
  kind: 'directory' | 'file',
): Promise<{ readonly name: string; readonly path: string }[]> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const name = kind === 'file' ? entry.name.replace(spaceEnding, '') : entry.name;
      const fits =
        kind === 'file' ? spaceEnding.test(entry.name) : await exists(join(folder, name, 'task.yaml'));
      if (fits && !found.has(name)) found.set(name, join(folder, entry.name));
    }
  }
  return [...found]
    .map(([name, path]) => ({ name, path }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

const spaceEnding = /\.(ya?ml|json)$/;

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** True for what is meant as a path rather than a name from a library. */
export function isPath(text: string): boolean {
  return /[/\\]/.test(text) || text === '.' || text === '..' || spaceEnding.test(text);
}

/** "expected one of …, found …", with a suggestion. */
function unknownName(source: string, kind: string, found: string, known: readonly string[]): InputError {
  const suggestion = suggest(found, known);
  const list =
    known.length === 0 ? `the name of a ${kind} (there are none)` : `a ${kind}: one of ${known.join(', ')}`;
  return new InputError(source, {
    path: '',
    expected: list,
    found: `"${found}"`,
    ...defined({ suggestion }),
  });
}

/** Reads a text file that the user named; anything that keeps it from being read is an input error. */
export async function readInputFile(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const found = codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error);
    throw new InputError(shown, { path: '', expected: 'a file that can be read', found });
  }
}

/** A search space by name (from the libraries) or by file. */
export async function openSpace(context: CliContext, nameOrFile: string): Promise<SearchSpaceFile> {
  const { parseSearchSpace } = await import('../../search/space-file.ts');
  const path = isPath(nameOrFile) ? resolve(context.cwd, nameOrFile) : await findSpace(context, nameOrFile);
  const shown = isPath(nameOrFile) ? nameOrFile : basename(path);
  const document = unwrap(parseYaml(await readInputFile(path, shown), shown));
  const space = parseSearchSpace(document.value, shown);
  if (!space.ok) await refuseOther(document.value, shown, 'a search space');
  return unwrap(space);
}

/** Another tool's list of models or prompts in the wrong place: says what it is and what can be made of it. */
export async function refuseOther(document: unknown, source: string, wanted: string): Promise<void> {
  const { detectOther } = await import('../../formats/detect.ts');
  const format = detectOther(document);
  if (format === undefined) return;
  const made =
    format === 'litellm'
      ? `mixtune import ${source} prints the options that name its models`
      : `mixtune import ${source} --out space.yaml makes a search space of it, for tune TASK --space space.yaml`;
  const found = `a list of ${format === 'litellm' ? 'models' : 'prompts'} (${format})`;
  throw new InputError(source, { path: '', found, expected: `${wanted}; ${made}` });
}

async function findSpace(context: CliContext, name: string): Promise<string> {
  const spaces = await listNames(libraryFolders(context, 'search-spaces'), 'file');
  const found = spaces.find((space) => space.name === name);
  if (found !== undefined) return found.path;
  throw unknownName(
    '--space',
    'search space',
    name,
    spaces.map((space) => space.name),
  );
}

/** The space named like the task where there is one, else `default`. */
export async function defaultSpace(context: CliContext, task: string): Promise<string> {
  const spaces = await listNames(libraryFolders(context, 'search-spaces'), 'file');
  return spaces.some((space) => space.name === task) ? task : 'default';
}
