import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

const live = new Set<ChildProcess>();
let hooked = false;

/**
 * Ends the child with this process at the latest, however that ends but by SIGKILL; then the end of its input has to
 * tell the child.
 * @param child leader of a process group of its own (`detached`): a terminal's Ctrl-C does not reach it either
 */
export function endWithUs(child: ChildProcess): void {
  live.add(child);
  child.once('close', () => live.delete(child));
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const each of live) killGroup(each);
  });
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
