import { z } from 'zod';
import { sha256 } from '../../core/canonical-json.ts';
import { InputError } from '../../core/errors.ts';
import { parsedJson } from '../../core/json.ts';
import { err, type Result } from '../../core/result.ts';
import { moaConfigSchema } from '../../domain/moa-config.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import { countSchema, estimateSchema, perObjective } from '../../domain/run-result-schema.ts';
import { parseWith } from '../../domain/validation.ts';

const leaderboardEntrySchema = z.object({
  version: z.literal(1),
  task: z.string(),
  taskHash: z.string(),
  grader: z.object({ name: z.string(), revision: z.string() }),
  /** What the system is called; up to 100 characters. */
  name: z.string().min(1).max(100),
  /** Where it was measured. */
  source: z.enum(['run', 'score', 'workbench']),
  /** The run that it is a point of. */
  run: z.string().nullable(),
  /** ISO 8601. */
  addedAt: z.string(),
  /** Of mixtune, when it was measured. */
  mixtune: z.string(),
  simulated: z.boolean(),
  config: moaConfigSchema,
  /**
   * Scored answers to tuning questions (of a system that was measured on the holdout alone: to those), and to how many of
   * these; `null` where that is not known.
   */
  answers: countSchema,
  questions: countSchema.nullable(),
  /**
   * Over these answers, as the task grades them while tuning (workshop points), with 95% intervals; the score unknown of
   * a system that was measured on the holdout alone.
   */
  objectives: perObjective(estimateSchema),
  /**
   * Score as the task grades its holdout (strict points), where it grades that otherwise: of a run over its answers to
   * the holdout, else the same answers graded so. `null`: it does not, or that was not measured.
   */
  strict: estimateSchema.nullable(),
  /** Score on the holdout, of a run's point or of a system that was measured there. */
  holdout: estimateSchema.nullable(),
});

/** A system on the leaderboard of a task, as it is kept. */
export type LeaderboardEntry = Readonly<z.infer<typeof leaderboardEntrySchema>>;

/** Of what was measured, not of when it was kept: the same twice is one entry. */
export function entryId({ addedAt: _moment, ...entry }: LeaderboardEntry): string {
  return sha256(entry).slice(0, 12);
}

/** An entry from a file, which may come from anybody. */
export function parseEntry(text: string, source: string): Result<LeaderboardEntry, InputError> {
  const content = parsedJson(text);
  if (content === undefined)
    return err(new InputError(source, { expected: 'an entry as JSON', found: 'none' }));
  const entry = parseWith(leaderboardEntrySchema, content, source);
  if (!entry.ok) return entry;
  const config = validateMoaConfig(entry.value.config, source);
  return config.ok ? entry : config;
}
