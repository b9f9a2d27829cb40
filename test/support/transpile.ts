import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname ?? '.', '..', '..');

/**
 * Compiles a TypeScript program and all files of the repository that it imports into a folder of their own,
 * so that Node starts it at once, as it starts an installed mixtune.
 * @returns the program's file, and the folder to remove afterwards.
 */
export function transpileProgram(entry: string): { readonly program: string; readonly folder: string } {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'mixtune-test-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"0.0.0-test"}');
  // Files that are read as they are, such as the grader's Python.
  cpSync(join(root, 'src'), join(folder, 'src'), {
    recursive: true,
    filter: (file) => !file.endsWith('.ts'),
  });
  const output = (file: string): string => join(folder, relative(root, file).replace(/\.ts$/, '.js'));
  const seen = new Set<string>();
  const waiting = [join(root, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    });
    for (const [, path = ''] of outputText.matchAll(/\bfrom ['"](\.[^'"]+)\.js['"]/g)) {
      waiting.push(join(dirname(file), `${path}.ts`));
    }
    for (const [, path = ''] of outputText.matchAll(/\bimport\(['"](\.[^'"]+)\.js['"]\)/g)) {
      waiting.push(join(dirname(file), `${path}.ts`));
    }
    mkdirSync(dirname(output(file)), { recursive: true });
    writeFileSync(output(file), outputText);
  }
  return { program: output(join(root, entry)), folder };
}
