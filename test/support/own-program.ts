import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { compiledFolder, compiledProgram } from './compiled-program.ts';
import { pageTemplate } from './ui.ts';

/** mixtune as an installed program, which tests start as the program starts itself. */
export interface OwnProgram {
  /** As `ProcessContext.startSelf`. */
  startSelf(args: readonly string[]): ChildProcessWithoutNullStreams;
  /** Ends what is still running. */
  remove(): void;
}

/** @param cwd where it runs. @param page the built page. */
export function ownProgram(cwd: string, page: string = pageTemplate): OwnProgram {
  const compiled = compiledProgram('src/cli/main.ts');
  const folder = mkdtempSync(join(dirname(compiledFolder), 'mixtune-own-'));
  cpSync(compiledFolder, folder, { recursive: true });
  const program = join(folder, relative(compiledFolder, compiled));
  mkdirSync(join(folder, 'dist', 'page'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'page', 'index.html'), page);
  const started = new Set<ChildProcessWithoutNullStreams>();
  return {
    startSelf: (args) => {
      const child = spawn(process.execPath, [program, ...args], { cwd, detached: true, stdio: 'pipe' });
      started.add(child);
      child.once('exit', () => started.delete(child));
      return child;
    },
    remove: () => {
      for (const child of started) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
