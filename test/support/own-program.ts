import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
  linkAll(compiledFolder, folder);
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

/** Other names of the same files: half a thousand of them are quicker linked than copied. */
function linkAll(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      mkdirSync(target);
      linkAll(source, target);
    } else if (entry.isFile()) linkSync(source, target);
    else symlinkSync(readlinkSync(source), target);
  }
}
