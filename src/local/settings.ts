import { availableParallelism, totalmem } from 'node:os';
import { InputError } from '../core/errors.ts';

/** How local models are run; each field has an environment variable. */
export interface LocalSettings {
  /**
   * Threads of one answer (`MIXTUNE_LOCAL_THREADS`). Default: half of what the machine can run at once, at
   * most 8. The threads wait for each other many times a token, so one that another program keeps from a
   * core holds up all.
   */
  readonly threads: number;
  /** Answers computed at once, each with its own threads (`MIXTUNE_LOCAL_LANES`). Default 1. */
  readonly lanes: number;
  /** Tokens of prompt and answer together (`MIXTUNE_LOCAL_CONTEXT`), or the model's own limit if less. Default 4096. */
  readonly contextTokens: number;
  /** Memory of all loaded models together, in bytes (`MIXTUNE_LOCAL_MEMORY`, e.g. `6G`). Default: half the machine's. */
  readonly memoryBytes: number;
  /** Prompt prefixes that a loaded model keeps computed. */
  readonly sequences: number;
}

/** How models run on this machine, by the `MIXTUNE_LOCAL_…` variables. @throws InputError for a variable that holds something else. */
export function localSettings(env: Readonly<Record<string, string | undefined>>): LocalSettings {
  return {
    threads: wholeNumber(
      env,
      'MIXTUNE_LOCAL_THREADS',
      Math.max(1, Math.min(8, Math.floor(availableParallelism() / 2))),
    ),
    lanes: wholeNumber(env, 'MIXTUNE_LOCAL_LANES', 1),
    contextTokens: wholeNumber(env, 'MIXTUNE_LOCAL_CONTEXT', 4096),
    memoryBytes: memoryOf(env),
    sequences: 4,
  };
}

function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  standard: number,
): number {
  const text = env[name]?.trim() ?? '';
  if (text === '') return standard;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InputError(name, { expected: 'a whole number from 1', found: `"${text}"` });
}

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

function memoryOf(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.MIXTUNE_LOCAL_MEMORY?.trim() ?? '';
  if (text === '') return totalmem() / 2;
  const [, count, letter = ''] = /^(\d+(?:\.\d+)?)([KMGT])B?$/i.exec(text) ?? [];
  const bytes = Number(count) * (units[letter.toUpperCase()] ?? 0);
  if (!(bytes > 0)) {
    throw new InputError('MIXTUNE_LOCAL_MEMORY', {
      expected: 'an amount of memory such as 6G or 500M',
      found: `"${text}"`,
    });
  }
  return bytes;
}
