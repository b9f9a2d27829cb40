import { messageOf } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';

/**
 * Why a program that `execFile` ran to the end, or ended at its time limit, did not do its work. The error's own message
 * begins with the whole command line, and has no room for more.
 */
export function whyProbeFailed(error: unknown): string {
  const { killed, code, signal, stderr }: Record<string, unknown> = isRecord(error) ? error : {};
  if (killed === true) return 'it did not end in time';
  const said = String(stderr ?? '').trim();
  if (said !== '') return said.slice(0, 300);
  return typeof code === 'number' ? `it ended with code ${code}` : String(signal ?? messageOf(error));
}
