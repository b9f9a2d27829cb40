import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../../../shared/data/tasks/', import.meta.url));

export const hasData = existsSync(folder);

/** Rows of `../shared/data/tasks/<name>.jsonl.gz`; none where the folder is absent. */
export function dataRows<Row>(name: string): Row[] {
  if (!hasData) return [];
  const text = gunzipSync(readFileSync(`${folder}${name}.jsonl.gz`)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
