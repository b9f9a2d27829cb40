import { join } from 'node:path';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import { parseWith } from '../../domain/validation.ts';
import { readPlainFile, replacePlainFile } from '../../models/plain-file.ts';
import { type AgentsWorth, agentsWorthSchema } from './schema.ts';

const worthName = 'worth.json';

/** Keeps in a run's folder what its agents were measured to add. @throws InputError, or what the file system says */
export function writeWorth(folder: string, worth: AgentsWorth): void {
  replacePlainFile(join(folder, worthName), `${JSON.stringify(worth, null, 2)}\n`);
}

/** What was measured before; `null` where nothing was. @throws InputError where the file is not as it was written */
export function readWorth(folder: string): AgentsWorth | null {
  const file = join(folder, worthName);
  let content: unknown;
  try {
    content = JSON.parse(readPlainFile(file));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (error instanceof InputError) throw error;
    const expected = 'what agents add, as `mixtune answer --worth` writes it';
    throw new InputError(file, { path: '', expected, found: messageOf(error) });
  }
  const worth: AgentsWorth = unwrap(parseWith(agentsWorthSchema, content, file));
  if (worth.pruned !== null) unwrap(validateMoaConfig(worth.pruned.config, `${file}: the pruned config`));
  return worth;
}
