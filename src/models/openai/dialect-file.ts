import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { keysOf, recordOf } from '../../core/records.ts';
import { makeFolder } from '../make-folder.ts';
import type { DialectStore, KnownDialect } from './dialect-book.ts';
import { type Dialect, type DialectFeature, fullDialect } from './openai-dialect.ts';
import { optionalSettings } from './optional-parameters.ts';

/** Servers are updated: what was learned longer ago is found out anew. */
const lastsMs = 30 * 24 * 3600 * 1000;

const taken = recordOf(optionalSettings, () => z.boolean().exactOptional());

const entrySchema = z.object({
  /** Departures from the full API alone. */
  dialect: z.object({
    stream: z.boolean().exactOptional(),
    streamOptions: z.boolean().exactOptional(),
    seed: z.boolean().exactOptional(),
    maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).exactOptional(),
    systemMessages: z.boolean().exactOptional(),
    temperature: z.enum(['any', 'positive', 'one', 'none']).exactOptional(),
    ...taken,
  }) satisfies z.ZodType<Partial<Dialect>>,
  proven: z.array(z.string()),
  learned: z.iso.datetime(),
});
const fileSchema = z.object({
  version: z.literal(1),
  endpoints: z.record(z.string(), z.record(z.string(), entrySchema)),
});
type DialectFile = z.infer<typeof fileSchema>;

export interface RememberedDialect extends KnownDialect {
  /** Base URL, without secrets. */
  readonly endpoint: string;
  /** The server's own name of the model. */
  readonly model: string;
  /** When it was last confirmed; ISO 8601. */
  readonly learned: string;
}

/**
 * Dialects in a small JSON file that several processes may use: each write merges with what is there
 * and replaces the file whole. Of two writes at one moment one may be lost, and is found out again. A
 * file that is missing, damaged or read-only is as good as empty.
 */
export function openDialectFile(path: string, today: () => Date): DialectStore {
  return {
    get: (endpoint, model) => {
      const entry = readDialects(path).endpoints[endpoint]?.[model];
      if (entry === undefined || today().getTime() - Date.parse(entry.learned) > lastsMs) return undefined;
      return knownOf(entry);
    },
    put: (endpoint, model, known) => {
      const { endpoints } = readDialects(path);
      const entry = {
        dialect: departures(known.dialect),
        proven: [...known.proven],
        learned: today().toISOString(),
      };
      const models = { ...endpoints[endpoint], [model]: entry };
      writeWhole(path, { version: 1, endpoints: { ...endpoints, [endpoint]: models } });
    },
  };
}

/** All that a file remembers, by endpoint and model. */
export function listDialects(path: string): RememberedDialect[] {
  return Object.entries(readDialects(path).endpoints).flatMap(([endpoint, models]) =>
    Object.entries(models).map(([model, entry]) => ({
      endpoint,
      model,
      learned: entry.learned,
      ...knownOf(entry),
    })),
  );
}

function knownOf(entry: z.infer<typeof entrySchema>): KnownDialect {
  return {
    dialect: { ...fullDialect, ...entry.dialect },
    // Names that this version does not know match nothing.
    proven: entry.proven as DialectFeature[],
  };
}

function departures(dialect: Dialect): Partial<Dialect> {
  const differing = keysOf(dialect).filter((part) => fullDialect[part] !== dialect[part]);
  return Object.fromEntries(differing.map((part) => [part, dialect[part]]));
}

function readDialects(path: string): DialectFile {
  try {
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return parsed.data;
  } catch {
    // Missing or damaged: nothing is remembered.
  }
  return { version: 1, endpoints: {} };
}

function writeWhole(path: string, file: DialectFile): void {
  const part = `${path}.${process.pid}.part`;
  try {
    makeFolder(dirname(path));
    writeFileSync(part, `${JSON.stringify(file, null, 2)}\n`);
    renameSync(part, path);
  } catch {
    // Remembering is a favour to later calls; this one has its answer.
    removeQuietly(part);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What keeps a file from being written may keep it from being removed.
  }
}
