import type { Difference } from '../core/paired-difference.ts';
import type { Bounds } from './bounds.ts';
import type { Budget, CallsSpent, Spent } from './budget.ts';
import type { Headline } from './headline.ts';
import type { ProviderLoad } from './load/slowness.ts';
import type { ConfigId, MoaConfig } from './moa-config.ts';
import type { Estimate, Estimates, Measurement, ObjectiveName } from './objective.ts';
import type { TaskWording } from './task-wording.ts';

/** One non-dominated trial of a finished or interrupted run. */
export interface FrontMember {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  /** Over tuning cells. */
  readonly objectives: Estimates;
  /** Over holdout cells, or `null` before the holdout was measured. */
  readonly holdout: Estimates | null;
  /** Scored tuning cells behind `objectives`. */
  readonly cells: number;
  /** Scored holdout cells behind `holdout`; absent in runs of earlier versions. */
  readonly holdoutCells?: number;
  /** Probability that no other trial of the run dominates it, by its tuning cells; absent while searching. */
  readonly onFront?: number;
  readonly origin: { readonly operator: string; readonly parents: readonly ConfigId[] };
}

/** A plain way to do the task, which every result is compared with. */
export interface Baseline extends FrontMember {
  /** e.g. `single sim/sage-70b`; `your own system NAME`. */
  readonly label: string;
}

/** What having prompts written by a model brought a run. */
export interface WritingResult {
  /** Drafts that a writer was asked for; accepted and rejected ones, and those that the run's end cut off. */
  readonly drafts: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Why the last rejected one was; absent where none was. */
  readonly lastRejection?: string;
  /** Why the last one that was wanted was never asked for; absent where none was. */
  readonly lastRefusal?: string;
  /** Tokens that the writers took, and as a share of all that the run spent, 0..1. */
  readonly tokens: number;
  readonly share: number;
  /** Tokens of the configs that began with a written prompt, over their tuning cells; calls shared with others included. */
  readonly trialTokens: number;
  /** Members of the front with a written prompt. */
  readonly front: number;
  /**
   * What the front of all configs that were ever candidates for it has more than one of those without a written
   * prompt, by tuning cells; `null` while the search goes on.
   */
  readonly added: { readonly hypervolume: number; readonly score: number } | null;
  /** Configs that the search began after it last had a prompt written, where those are so many that it had all but stopped. */
  readonly stopped?: number;
}

/** `front.json`. Holds no run id and no wall-clock time: equal runs write equal bytes. */
export interface FrontFile {
  readonly version: 1;
  readonly simulated: boolean;
  readonly task: string;
  readonly strategy: string;
  readonly seed: number;
  readonly objectives: readonly ObjectiveName[];
  /** What the user can accept: `best` and the points with names meet them where any does. Absent: no bounds. */
  readonly bounds?: Bounds;
  /** Best score first. */
  readonly front: readonly FrontMember[];
  /** The user's own systems first, then single models; each best score first. */
  readonly baselines: readonly Baseline[];
  /** Others that `best` or the headline names. Absent where there are none. */
  readonly others?: readonly FrontMember[];
  /** The best config (`bestOf` in best.ts), of the front, the baselines or the others. Absent in runs of earlier versions. */
  readonly best?: ConfigId;
  /** The one that tuning put first, where the holdout turned it down. */
  readonly overruled?: ConfigId;
  /** What tuning and mixing were worth. Absent in runs of earlier versions, and where no single model was measured. */
  readonly headline?: Headline;
  /** Hypervolume of the front in normalised objectives (see docs/architecture.md), 0..1. */
  readonly hypervolume: number;
  readonly spent: Spent;
  /** Of it, calls that were cut off before their answer came, at their worst case. Absent where there were none. */
  readonly lost?: CallsSpent;
  /** Of {@link spent}, what answered calls of the grader took; absent where it asked no model. */
  readonly grading?: CallsSpent;
  readonly evaluations: number;
  /** Providers whose calls slow each other down, and the load that latencies are told at. Absent: as measured. */
  readonly slowdown?: Readonly<Record<string, ProviderLoad>>;
  /** Where the search ended before any config had all tuning cells that each is to get first. Absent otherwise. */
  readonly cutShort?: {
    /** Scored cells of the config that has most. */
    readonly cells: number;
    /** Cells that it was to get. */
    readonly of: number;
    /** Configs that were begun and are left out. */
    readonly others: number;
  };
  /** Points of the front that the holdout did not reach, where it was asked for; absent where it reached all. */
  readonly unmeasured?: {
    /** Not a single holdout cell was scored. */
    readonly points: number;
    /** Fewer of them than of the point with most. */
    readonly partly: number;
    readonly of: number;
    /**
     * The ceiling that stopped the holdout, as in `ended`; else `interrupted` or `running` (it may go on), `left-out` (it
     * has no place for all), `unscored` (asked, and without a score); `unknown` in runs of earlier versions.
     */
    readonly because: string;
  };
  /**
   * Baselines that the end was to give as many tuning cells as the others, and could not, with how much more they score than
   * the best on the tuning questions that both answered. Absent where there are none.
   */
  readonly short?: readonly ShortBaseline[];
  /** Answers whose program was stopped by its time limit; absent where there were none. */
  readonly timedOut?: number;
  /** Answers that got no score and count in no mean, of how many, and why the last one did not; absent where there are none. */
  readonly unscored?: { readonly answers: number; readonly of: number; readonly last: string };
  /** Models whose answers were cut off at their most tokens (`maxTokens` of agents); absent where none were. */
  readonly cutOff?: readonly ModelTrouble[];
  /** Models that answered with nothing, without being cut off; absent where none did. */
  readonly empty?: readonly ModelTrouble[];
  /** Absent where no prompt was to be written. */
  readonly writing?: WritingResult;
  /** What is worth knowing of the servers that were asked, a line each; absent where there is nothing. */
  readonly servers?: readonly string[];
  /** Why the run ended: `evaluations`, `calls`, `tokens`, `usd`, `time`, `space-exhausted`, `interrupted`; of one that has not ended `running`, or `stopped` where no process works on it. */
  readonly ended: string;
}

/** A baseline with fewer answers than others, compared with the best on what both answered. */
export interface ShortBaseline extends Pick<Difference, 'mean' | 'low' | 'high' | 'questions'> {
  readonly id: ConfigId;
  /** Tuning cells that it was to get. */
  readonly of: number;
}

/** How often something was amiss with a model's answers. */
export interface ModelTrouble {
  readonly model: string;
  /** Answers of configs in which it was with one of the model's. */
  readonly answers: number;
  /** Answers of configs that have the model. */
  readonly of: number;
}

/** A config that a result speaks of, by id. */
export function memberOfFile(
  file: Pick<FrontFile, 'front'> & Partial<Pick<FrontFile, 'baselines' | 'others'>>,
  id: ConfigId,
): FrontMember | undefined {
  return [...file.front, ...(file.baselines ?? []), ...(file.others ?? [])].find(
    (member) => member.id === id,
  );
}

/** One scored cell behind a claim. */
export interface LockedCell extends Measurement {
  readonly instance: string;
  readonly repeat: number;
}

/** What a lock says a config does on one split, and the cells it says so from. */
export interface Claim {
  /** Scored cells behind the means. */
  readonly cells: number;
  readonly instances: number;
  /** Sample repeats that the calls of these cells were asked with; a re-measurement uses none of them. */
  readonly sampleRepeats: readonly number[];
  /** `deviation`: sample standard deviation of one cell; `null` where unknown or of a single cell. */
  readonly objectives: Readonly<Record<ObjectiveName, Estimate & { readonly deviation: number | null }>>;
  /** In the order in which the run finished them. */
  readonly evidence: readonly LockedCell[];
}

/** A model as a lock knows it. */
export interface LockedModel {
  /** The provider's version as it enters call keys (for `sim/`, its version and seed); `null` when unknown. */
  readonly revision: string | null;
  /** US dollars per million tokens that the claim's `usd` was counted with; `null` when unknown. */
  readonly price: {
    readonly inputPerMillion: number;
    readonly outputPerMillion: number;
    readonly cachedInputPerMillion?: number;
  } | null;
  /** Names that the provider gave the weights behind the claim's answers, sorted; empty when it told none. */
  readonly fingerprints: readonly string[];
}

/**
 * A lock: one config with what it claims and all that is needed to check it. `best.json` is the lock of
 * the best-scoring front member. Equal runs write equal locks but for `made`.
 */
export interface BestFile {
  readonly version: 1;
  readonly simulated: boolean;
  readonly task: string;
  readonly taskHash: string;
  /** How the run changed the task: fewer tuning instances, another judge. */
  readonly taskChanges?: { readonly tuningInstances?: number; readonly judge?: string };
  /** How questions were worded; absent in locks of earlier versions. */
  readonly taskWording?: TaskWording;
  /** SHA-256 of each instance's canonical JSON, by id. */
  readonly instances: {
    readonly tuning: Readonly<Record<string, string>>;
    readonly holdout: Readonly<Record<string, string>>;
  };
  readonly grader: { readonly name: string; readonly revision: string };
  readonly member: FrontMember;
  readonly claims: { readonly tuning: Claim; readonly holdout: Claim | null };
  /** Of the config's models, by name. */
  readonly models: Readonly<Record<string, LockedModel>>;
  readonly endpoint: {
    readonly baseUrl?: string;
    readonly apiKeyEnv?: string;
    readonly recorded?: string;
  };
  readonly mixtune: string;
  /** As of {@link FrontFile.slowdown}: what the claims' latencies are told at. */
  readonly slowdown?: Readonly<Record<string, ProviderLoad>>;
  /** The run's seed. */
  readonly seed: number;
  /** Seed of the embedded simulated models; `null` when none answered. */
  readonly worldSeed: number | null;
  /** Answers per instance: in the search, of front members at its end, and on the holdout. */
  readonly repeats: { readonly search: number; readonly finish: number; readonly holdout: number };
  /** Where and by what it was made: what equal runs may differ in. */
  readonly made: {
    readonly run: string;
    readonly node: string;
    /** With `+` behind it where the checkout differed from the commit. */
    readonly gitCommit: string | null;
    /** Where the task was, when it was given as a folder and not by name. */
    readonly taskFolder?: string;
    /** By which its maker knows the run again. */
    readonly signature?: string;
  };
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
