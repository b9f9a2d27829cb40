import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Linux counts in hundredths of a second towards programs, on all common architectures. */
const msPerTick = 10;
const pageBytes = 4_096;

/**
 * The process that works for `pid`: bubblewrap stays in front of what it starts, in its own process.
 * The last of its line of children; `pid` itself where there is no /proc.
 */
export function workingProcess(pid: number): number {
  if (process.platform !== 'linux') return pid;
  const childOf = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = statFields(`/proc/${name}/stat`)?.[1];
    if (parent !== undefined) childOf.set(Number(parent), Number(name));
  }
  let found = pid;
  for (let child = childOf.get(pid); child !== undefined; child = childOf.get(child)) found = child;
  return found;
}

/**
 * Milliseconds of processor time that a process has used: its main thread's on Linux (V8 compiles in
 * others, at its own pace), the whole process's by `ps` elsewhere; `null` where neither tells.
 */
export async function processorTimeMs(pid: number): Promise<number | null> {
  if (process.platform === 'linux') {
    const fields = statFields(`/proc/${pid}/task/${pid}/stat`);
    return fields === null ? null : (Number(fields[11]) + Number(fields[12])) * msPerTick;
  }
  if (process.platform === 'win32') return null;
  try {
    const { stdout } = await run('ps', ['-o', 'time=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
    return parsePsTime(stdout);
  } catch {
    return null;
  }
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` in milliseconds. */
export function parsePsTime(text: string): number | null {
  const match = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text.trim());
  if (match === null) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}

/** Bytes of memory that a process holds; `null` where the system does not tell at once. */
export function residentBytes(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes;
  } catch {
    return null;
  }
}

/** What follows the command's name, which may hold anything: state, parent, … */
function statFields(path: string): string[] | null {
  try {
    const text = readFileSync(path, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
