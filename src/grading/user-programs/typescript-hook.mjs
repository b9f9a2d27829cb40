/** Loads TypeScript modules on versions of Node that cannot: types are taken out, nothing is checked. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'sucrase';

export async function load(url, context, nextLoad) {
  if (!/^file:.*\.m?ts(?:\?.*)?$/.test(url)) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const { code } = transform(text, { transforms: ['typescript'], disableESTransforms: true, filePath: url });
  return { format: 'module', source: code, shortCircuit: true };
}
