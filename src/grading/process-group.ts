import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

const live = new Set<ChildProcess>();
let hooked = false;
let reaper: Writable | null | undefined;

/**
 * Told of process groups on its input, with + and -, it kills those that are left when that ends. A group of its own
 * and a shell's loop: it outlives this process whatever ends it, and nothing else.
 */
const reaping = `while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) left=; for each in $groups; do [ $each = $group ] || left="$left $each"; done; groups=$left ;;
  esac
done
for each in $groups; do kill -9 -$each; done`;

/**
 * Ends the child with this process at the latest, whatever it has started and however this process ends, by SIGKILL
 * too (on Windows not: there the end of its input has to tell the child).
 * @param child leader of a process group of its own (`detached`): a terminal's Ctrl-C does not reach it either
 */
export function endWithUs(child: ChildProcess): void {
  live.add(child);
  if (child.pid !== undefined) tellReaper(`+ ${child.pid}`);
  child.once('close', () => {
    live.delete(child);
    if (child.pid !== undefined) tellReaper(`- ${child.pid}`);
  });
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const each of live) killGroup(each);
  });
}

function tellReaper(line: string): void {
  reaper ??= startReaper();
  reaper?.write(`${line}\n`);
}

function startReaper(): Writable | null {
  if (process.platform === 'win32') return null;
  const child = spawn('/bin/sh', ['-c', reaping], {
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Where there is none, the end of its input has to tell each child.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  unrefWhole(child);
  return child.stdin;
}

/** Lets this process end while the child waits for work: neither it nor its pipes keep it running. */
export function unrefWhole(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream instanceof Socket) stream.unref();
  }
}

/**
 * Kills the child and whatever it started. Bubblewrap, while it sets up, has a second process that nothing else
 * would ever end: killed alone, it leaves that one waiting for it with our pipes in its hands.
 */
export function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || process.platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  // Once it has been waited for, its number may belong to somebody else.
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** Kills what a child left that has ended this moment: what holds its pipes open keeps `close` from coming. */
export function killLeftovers({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All gone already.
  }
}
