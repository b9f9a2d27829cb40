import { z } from 'zod';
import type { CellResult, Degradation } from './cell-result.ts';
import type { MoaConfig } from './moa-config.ts';
import { roundsOf, simpleRecordOf } from './stages/simple-stages.ts';
import { isSimple } from './stages/stages.ts';
import type { Stored } from './stored.ts';

/** Degradations by which a stage did nothing: its model did not do its part, and the answer went on without it. */
const stageFailures = [
  'router-fallback',
  'critique-lost',
  'unparseable-verdict',
  'unparseable-ranking',
  'no-extracted-answer',
  'fuse-failed',
] as const;
export type StageFailure = (typeof stageFailures)[number];

/** How a router's fallback begins where it named none at all. */
export const namedNone = 'the router named no agent';

/** A stage that failed in some of its config's answers. */
export const failedStageSchema = z.object({
  /** Its path in the config: `stages[0]`. */
  stage: z.string(),
  code: z.enum(stageFailures),
  /** Answers in which it failed, and all of the config's. */
  answers: z.int().min(0),
  of: z.int().min(0),
});
export type FailedStage = Stored<typeof failedStageSchema>;

/** In so large a share of its answers a stage fails that the config must not be used without a word of it. */
export const often = 0.5;
/** In so large a share that the config's score is that of a config without the stage. */
export const nearlyAlways = 0.9;

/** Counts the stages that failed in a config's answers, which are told one by one. */
export class FailureCount {
  #answers = 0;
  readonly #stages = new Map<string, { stage: string; code: StageFailure; answers: number }>();

  add({ degraded }: Pick<CellResult, 'degraded'>): void {
    this.#answers++;
    // A verdict is given on each candidate, and a stage in a loop fails in each pass.
    const failed = new Map(degraded.flatMap((each) => keyed(failureOf(each))));
    for (const [key, failure] of failed) {
      const known = this.#stages.get(key);
      if (known === undefined) this.#stages.set(key, { ...failure, answers: 1 });
      else known.answers++;
    }
  }

  /** Those that failed in at least this share of the answers; never in fewer than three. */
  inShare(least: number): FailedStage[] {
    const of = this.#answers;
    return [...this.#stages.values()].flatMap((each) =>
      each.answers >= Math.max(fewest, least * of) ? [{ ...each, of }] : [],
    );
  }
}

/** Less is an accident. */
const fewest = 3;

type Failure = Pick<FailedStage, 'stage' | 'code'>;

const keyed = (failure: Failure | undefined): [string, Failure][] =>
  failure === undefined ? [] : [[`${failure.stage}/${failure.code}`, failure]];

function failureOf({ stage, code, note }: Degradation): Failure | undefined {
  const found = stageFailures.find((failure) => failure === code);
  if (found === undefined) return undefined;
  // A router that names too few has chosen those.
  if (found === 'router-fallback' && !note.startsWith(namedNone)) return undefined;
  return { stage: stage.replace(/@\d+$/, ''), code: found };
}

/**
 * Whether one answer of a config's first stage is its result where these stages fail: the router of a choice, or all
 * that comes after.
 */
export function answersAlone({ stages }: MoaConfig, failed: readonly Pick<FailedStage, 'stage'>[]): boolean {
  const isFailed = (index: number): boolean => failed.some(({ stage }) => stage === `stages[${index}]`);
  const [first, ...others] = stages;
  if (first === undefined || !isSimple(first) || roundsOf(first) > 1) return false;
  const { unled } = simpleRecordOf(first);
  return others.every((_, index) => isFailed(index + 1)) && (unled === undefined || isFailed(0));
}
