import { keysIn } from '../../models/providers.ts';
import { redact } from '../../models/redact.ts';
import type { CliContext } from '../context.ts';

const secretName = /key|token|secret|passw|credential|auth/i;

/** Text with every secret of the environment, and what looks like one, masked. */
export function withoutSecrets(text: string, env: CliContext['env']): string {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    // A variable may hold several keys parted by commas.
    secretName.test(name) && value !== undefined ? [value, ...keysIn(value)] : [],
  );
  return redact(text, secrets);
}

/** The environment for a program of the user's that needs no keys of ours. */
export function scrubbedEnv(env: CliContext['env']): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !secretName.test(entry[0]),
  );
  return Object.fromEntries(kept);
}

/** A command line to keep: where a run reports to may hold a secret, such as a webhook's address. */
export function withoutNotify(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    if (argv[index - 1] === '--notify') return '[redacted]';
    return word.startsWith('--notify=') ? '--notify=[redacted]' : word;
  });
}
