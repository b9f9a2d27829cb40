import { join, resolve } from 'node:path';
import { InputError } from '../../../core/errors.ts';
import { mixtuneHome } from '../../../local/index.ts';
import { text } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';

export const keysFlags = {
  keys: text('<file>', "list of the keys that may ask (default: serve-keys.json in mixtune's home)"),
};

/** Where the server's keys are listed. @throws InputError where there is neither a file nor a home. */
export function keysFile(context: CliContext, given: string | undefined): string {
  if (given !== undefined) return resolve(context.cwd, given);
  const home = mixtuneHome(context.env);
  if (home !== null) return join(home, 'serve-keys.json');
  throw new InputError('--keys', {
    expected: 'a file, since there is neither MIXTUNE_HOME nor a home folder',
  });
}
