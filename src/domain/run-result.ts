import type { Budget, Spent } from './budget.ts';
import type { ConfigId } from './moa-config.ts';
import type { ObjectiveName } from './objective.ts';
import type {
  baselineSchema,
  frontFileSchema,
  memberSchema,
  shortBaselineSchema,
  troubleSchema,
  writingSchema,
} from './run-result-schema.ts';
import type { Stored } from './stored.ts';

export type FrontMember = Stored<typeof memberSchema>;
export type Baseline = Stored<typeof baselineSchema>;
export type WritingResult = Stored<typeof writingSchema>;
export type ShortBaseline = Stored<typeof shortBaselineSchema>;
export type ModelTrouble = Stored<typeof troubleSchema>;
export type FrontFile = Stored<typeof frontFileSchema>;

/** A config that a result speaks of, by id. */
export function memberOfFile(
  file: Pick<FrontFile, 'front'> & Partial<Pick<FrontFile, 'baselines' | 'others'>>,
  id: ConfigId,
): FrontMember | undefined {
  return [...file.front, ...(file.baselines ?? []), ...(file.others ?? [])].find(
    (member) => member.id === id,
  );
}

/** A snapshot of a run in progress, for people who watch it. */
export interface Progress {
  readonly run: string;
  readonly simulated: boolean;
  readonly task: string;
  readonly phase: 'baselines' | 'search' | 'finish' | 'holdout' | 'done';
  readonly evaluations: number;
  readonly trialsInFlight: number;
  readonly callsInFlight: number;
  /** Calls of finished cells that were not paid for: their answers were had already. */
  readonly cachedCalls: number;
  readonly spent: Spent;
  readonly budget: Budget;
  /** Best mean score so far, or `null`. */
  readonly bestScore: number | null;
  /** Best score first. */
  readonly front: readonly FrontMember[];
  /** Hypervolume after each finished trial, oldest first. */
  readonly hypervolumeTrend: readonly number[];
  readonly objectives: readonly ObjectiveName[];
  /** Trouble worth a person's eye: outages, unscored cells, … newest last. */
  readonly notices: readonly string[];
}
