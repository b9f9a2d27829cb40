import { join } from 'node:path';
import { unwrap } from '../../core/result.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import { parseWith } from '../../domain/validation.ts';
import { readPlainJson, replacePlainFile } from '../../models/plain-file.ts';
import { type AgentsWorth, agentsWorthSchema } from './schema.ts';

const worthName = 'worth.json';

/** Keeps in a run's folder what its agents were measured to add. @throws InputError, or what the file system says */
export function writeWorth(folder: string, worth: AgentsWorth): void {
  replacePlainFile(join(folder, worthName), `${JSON.stringify(worth, null, 2)}\n`);
}

/** What was measured before; `null` where nothing was. @throws InputError where the file is not as it was written */
export function readWorth(folder: string): AgentsWorth | null {
  const file = join(folder, worthName);
  const content = readPlainJson(file, 'what agents add, as `mixtune answer --worth` writes it');
  if (content === undefined) return null;
  const worth: AgentsWorth = unwrap(parseWith(agentsWorthSchema, content, file));
  if (worth.pruned !== null) unwrap(validateMoaConfig(worth.pruned.config, `${file}: the pruned config`));
  return worth;
}
