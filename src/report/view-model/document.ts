import type { Cell } from '../../domain/cell.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { AgentShare } from './schema.ts';

/**
 * How a report holds its data: parts, each an element `<script type="application/octet-stream" data-part="…">`
 * with the base64 of gzipped JSON, opened when a view needs it.
 */
export const partType = 'application/octet-stream';

export const partNames = {
  runs: 'runs',
  run: (run: string) => `run/${run}`,
  matrix: (run: string) => `matrix/${run}`,
  why: (run: string) => `why/${run}`,
  configs: (run: string) => `configs/${run}`,
  /** Which answers there are, and in which chunk each lies: a {@link CellIndex}. */
  cellIndex: (run: string) => `cells/${run}`,
  /** A list of `CellView`. */
  cells: (run: string, chunk: number) => `cells/${run}/${chunk}`,
} as const;

/** Characters of JSON that a chunk of answers has at most, unless a single answer has more. */
export const chunkCharacters = 256 * 1024;

export interface CellIndex {
  /** By {@link cellIndexKey}, the chunk. */
  readonly chunks: Readonly<Record<string, number>>;
  /** Of how many cells of how many in all; what was left out, in words. */
  readonly leftOut: string | null;
}

export function cellIndexKey(trial: number, { split, repeat, instance }: Cell): string {
  return `${trial}/${split}/${repeat}/${instance}`;
}

/** All configs of a run, each prompt once, since configs share most of theirs. */
export interface ConfigTable {
  readonly schema: number;
  readonly prompts: readonly string[];
  /** By trial; every `prompt` in it is a row of `prompts`. */
  readonly configs: readonly unknown[];
  readonly ids: readonly ConfigId[];
  /** Of the trials whose files the report holds. */
  readonly yaml: Readonly<Record<number, string>>;
  readonly shares: Readonly<Record<number, readonly AgentShare[] | null>>;
}

/** Puts the prompts of a config into a table. @param rowOf the row of a prompt, new or known */
export function packConfig(config: MoaConfig, rowOf: (prompt: string) => number): unknown {
  return mapPrompts(config, (prompt) => (typeof prompt === 'string' ? rowOf(prompt) : prompt));
}

export function unpackConfig(packed: unknown, prompts: readonly string[]): MoaConfig {
  const prompt = (row: unknown) => (typeof row === 'number' ? (prompts[row] ?? '') : row);
  return mapPrompts(packed, prompt) as MoaConfig;
}

function mapPrompts(value: unknown, change: (prompt: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((inner) => mapPrompts(inner, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      // A JSON Schema for answers is nobody's prompt.
      key === 'prompt' ? change(inner) : key === 'responseFormat' ? inner : mapPrompts(inner, change),
    ]),
  );
}
