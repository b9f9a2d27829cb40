import { unwrap } from '../../../../src/core/result.ts';
import type { SearchSpace } from '../../../../src/search/space.ts';
import { parseSearchSpace, settleSpace } from '../../../../src/search/space-file.ts';

export const modelNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `sim/${String.fromCharCode(97 + index)}`);

export function spaceOf(
  name: string,
  models: readonly string[],
  changes: Record<string, unknown>,
): SearchSpace {
  const file = unwrap(parseSearchSpace({ version: 1, name, ...changes }, `world ${name}`));
  return settleSpace(file, models);
}

const texts = (role: string, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${role} prompt ${index + 1}${role === 'single' ? '' : ' {{references}}'}`,
  );

export const promptCounts = (counts: Record<string, number>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(counts).map(([role, count]) => [role, texts(role, count)]));
