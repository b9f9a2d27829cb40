import { cpSync } from 'node:fs';

/**
 * Copies a run's folder in one go: SQLite takes the side files of a closed journal away when its last statement is
 * collected, which may be in the middle of a copy that waits for the disk.
 */
export function copyRun(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}
