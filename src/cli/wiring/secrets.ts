import { redact } from '../../core/redact.ts';
import { type Environment, keysIn, providers } from '../../models/provider-list.ts';

const secretName = /key|token|secret|passw|credential|auth/i;

/** Text with every secret of the environment, and what looks like one, masked. */
export function withoutSecrets(text: string, env: Environment): string {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    // A variable may hold several keys parted by commas.
    secretName.test(name) && value !== undefined ? [value, ...keysIn(value)] : [],
  );
  return redact(text, secrets);
}

/**
 * What a program that tells a person needs: where programs and the home are, the language, the time zone,
 * the desktop's session, and on Windows what a shell needs. All else may be a key, whatever its name.
 */
const passedOn = new RegExp(
  `^(?:${[
    ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'TERM', 'LANG', 'LANGUAGE', 'LC_[A-Z]+', 'TZ'],
    ...['TMPDIR', 'TEMP', 'TMP', 'DISPLAY', 'WAYLAND_DISPLAY', 'XDG_[A-Z_]+', 'DBUS_SESSION_BUS_ADDRESS'],
    ...[
      'SYSTEMROOT',
      'WINDIR',
      'SYSTEMDRIVE',
      'COMSPEC',
      'PATHEXT',
      'USERPROFILE',
      'APPDATA',
      'LOCALAPPDATA',
    ],
  ].join('|')})$`,
  'i',
);

/**
 * The environment for a program of the user's that is no part of the work.
 * @param keyVariables whose values go to no one but an endpoint, beside those of the providers.
 */
export function scrubbedEnv(env: Environment, keyVariables: readonly string[] = []): Record<string, string> {
  const named = [...providers.flatMap(({ apiKeyEnv }) => apiKeyEnv ?? []), ...keyVariables];
  const keys = named.flatMap((name) => keysIn(env[name] ?? ''));
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      passedOn.test(entry[0]) &&
      !named.includes(entry[0]) &&
      // The same key may stand in another variable, or in a part of one.
      !keys.some((key) => (key.length < 8 ? entry[1] === key : entry[1]?.includes(key))),
  );
  return Object.fromEntries(kept);
}

/** Options whose values may hold a secret, such as a webhook's address or a password. */
const tellingOptions = ['--notify', '--workers', '--join'];

/** A command line to keep. */
export function withoutSecretOptions(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    if (tellingOptions.includes(argv[index - 1] ?? '')) return '[redacted]';
    const option = tellingOptions.find((name) => word.startsWith(`${name}=`));
    return option === undefined ? word : `${option}=[redacted]`;
  });
}
