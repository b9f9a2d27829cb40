import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { withoutByteOrderMark } from '../../core/byte-order-mark.ts';
import { defined } from '../../core/defined.ts';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { unknownName } from '../../core/unknown-name.ts';
import { parseYaml } from '../../core/yaml.ts';
import type { LineOf } from '../../domain/validation.ts';
import type { SearchSpaceFile } from '../../search/space.ts';
import type { CliContext } from '../context.ts';
import { pathInside } from './path-inside.ts';

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
      const path = join(folder, entry.name);
      const fits =
        kind === 'file'
          ? spaceEnding.test(entry.name) && (await isRegularFile(path))
          : await exists(join(path, 'task.yaml'));
      if (fits && !found.has(name)) found.set(name, path);
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

/** Links followed. Reading a pipe in a file's place would wait for ever. */
async function isRegularFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** True for what is meant as a path rather than a name from a library. */
export function isPath(text: string): boolean {
  return /[/\\]/.test(text) || text === '.' || text === '..' || spaceEnding.test(text);
}

/** Reads a text file that the user named; anything that keeps it from being read is an input error. */
export async function readInputFile(path: string, shown: string): Promise<string> {
  try {
    return withoutByteOrderMark(await readFile(path, 'utf8'));
  } catch (error) {
    const found = { ENOENT: 'no such file', EISDIR: 'a folder' }[codeOf(error) ?? ''] ?? messageOf(error);
    throw new InputError(shown, { expected: 'a file that can be read', found });
  }
}

/** A search space by name (from the libraries) or by file, with all that it takes from others. */
export async function openSpace(context: CliContext, nameOrFile: string): Promise<SearchSpaceFile> {
  const isFile = isPath(nameOrFile);
  const path = isFile ? resolve(context.cwd, nameOrFile) : await findSpace(context, nameOrFile, '--space');
  return parseSpaceAt(context, path, isFile ? nameOrFile : basename(path));
}

async function parseSpaceAt(context: CliContext, path: string, shown: string): Promise<SearchSpaceFile> {
  const document = unwrap(parseYaml(await readInputFile(path, shown), shown));
  try {
    return await spaceOf(context, document.value, { shown, path, lineOf: document.lineOf });
  } catch (error) {
    await refuseOther(document.value, shown, 'a search space');
    throw error;
  }
}

/** Where a space stands: the file's path, and what errors call it. */
export interface SpacePlace {
  readonly shown: string;
  readonly path: string;
  readonly lineOf?: LineOf;
}

/** A space as data, with what it takes from the space that it `extends`. @throws InputError */
export async function spaceOf(
  context: CliContext,
  value: unknown,
  place: SpacePlace,
): Promise<SearchSpaceFile> {
  const { parseSearchSpace } = await import('../../search/space-file.ts');
  const whole = await wholeSpace(context, value, place, []);
  return unwrap(parseSearchSpace(whole, place.shown, place.lineOf));
}

/** Spaces that build on each other, at most: more is a mistake. */
const mostBases = 16;

async function wholeSpace(
  context: CliContext,
  value: unknown,
  place: SpacePlace,
  above: readonly string[],
): Promise<unknown> {
  const { baseOf, extendSpace, parseExtending } = await import('../../search/extend-space.ts');
  if (baseOf(value) === undefined) return value;
  const { shown, path, lineOf } = place;
  const { extends: base } = unwrap(parseExtending(value, shown, lineOf));
  const seen = [...above, path];
  const line = defined({ line: lineOf?.(['extends']) });
  const wrong = (expected: string) =>
    new InputError(shown, { path: 'extends', expected, found: JSON.stringify(base), ...line });
  let basePath: string;
  if (isPath(base)) {
    const inside = await pathInside(dirname(path), base);
    if ('problem' in inside) throw wrong(inside.problem);
    basePath = inside.path;
  } else {
    // A space of the user's own may have the name of the one that it builds on.
    basePath = await findSpace(context, base, shown, { ...line, path: 'extends', apart: seen });
  }
  if (seen.includes(basePath)) throw wrong('a space that does not build on this one');
  if (seen.length > mostBases) throw wrong(`at most ${mostBases} spaces below the first`);
  const baseShown = isPath(base) ? join(dirname(shown), base) : basename(basePath);
  const document = unwrap(parseYaml(await readInputFile(basePath, baseShown), baseShown));
  const below = await wholeSpace(
    context,
    document.value,
    { shown: baseShown, path: basePath, lineOf: document.lineOf },
    seen,
  );
  return extendSpace(below, value);
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
  throw new InputError(source, { found, expected: `${wanted}; ${made}` });
}

async function findSpace(
  context: CliContext,
  name: string,
  source: string,
  {
    apart = [],
    ...place
  }: { readonly apart?: readonly string[]; readonly path?: string; readonly line?: number } = {},
): Promise<string> {
  const known = new Set<string>();
  for (const folder of libraryFolders(context, 'search-spaces')) {
    for (const space of await listNames([folder], 'file')) {
      if (apart.includes(space.path)) continue;
      if (space.name === name) return space.path;
      known.add(space.name);
    }
  }
  const names = [...known].sort();
  const expected =
    names.length === 0
      ? 'the name of a search space (there are none)'
      : `a search space: one of ${names.join(', ')}`;
  throw unknownName(source, expected, name, names, place);
}

/** The space named like the task where there is one, else `default`. */
export async function defaultSpace(context: CliContext, task: string): Promise<string> {
  const spaces = await listNames(libraryFolders(context, 'search-spaces'), 'file');
  return spaces.some((space) => space.name === task) ? task : 'default';
}
