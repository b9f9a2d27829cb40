import type { CallPath, ConfigPaths } from '../analysis/call-paths.ts';
import { estimatesOf } from '../domain/estimates.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { Estimate, Estimates } from '../domain/objective.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
import { type ModelSpeed, type SpeedProfile, speedOf } from '../domain/speed-profile.ts';

/** The speeds that latencies are told for. */
export interface ProjectionOptions {
  readonly profile: SpeedProfile;
  /** Models of the profile that stand for models of the run, by full name. @defaultValue each for itself */
  readonly standIns?: ReadonlyMap<string, string>;
  /** Time to first token, in ms, for models whose profile does not tell it. @defaultValue unknown */
  readonly assumedFirstTokenMs?: number;
}

/** What a config's latency would be with the speeds of a profile. In seconds, over the scored cells of one split. */
export interface ProjectedLatency {
  /** Unknown where a model's speed, or a time to first token on the way, is. */
  readonly latency: Estimate;
  /** The critical path's tokens alone, without times to first token; unknown where a model's speed is. */
  readonly generation: Estimate;
  /** Mean number of calls that wait for one another, each with a time to first token. */
  readonly chainedCalls: number | null;
  /** Models without a speed in the profile. */
  readonly unknownModels: readonly string[];
}

/**
 * The latency of cells with the speeds of a profile: of each group of calls side by side the slowest, the
 * groups one after the other; a call takes its time to first token and then its tokens at the model's
 * speed. Own queueing, and that longer prompts take longer to read, is left out.
 */
export function projectLatency(paths: readonly CallPath[], options: ProjectionOptions): ProjectedLatency {
  const models = new Map<string, ModelSpeed | undefined>();
  for (const { model } of paths.flatMap(({ groups }) => groups.flat())) {
    if (!models.has(model)) models.set(model, projectedSpeed(model, options));
  }
  const unknownModels = [...models].flatMap(([model, speed]) =>
    (speed?.tokensPerSecond ?? null) === null ? [model] : [],
  );
  const seconds = (time: CallTime): (number | null)[] =>
    paths.map(({ groups }) => alongPath(groups, (call) => time(call.outputTokens, models.get(call.model))));
  return {
    latency: estimateOf(seconds(wholeCall)),
    generation: estimateOf(seconds(tokensAlone)),
    chainedCalls:
      paths.length === 0 ? null : paths.reduce((sum, { groups }) => sum + groups.length, 0) / paths.length,
    unknownModels: unknownModels.sort(),
  };
}

type CallTime = (outputTokens: number, speed: ModelSpeed | undefined) => number | null;

const tokensAlone: CallTime = (outputTokens, speed) => {
  if (speed === undefined || speed.tokensPerSecond === null) return null;
  return outputTokens / speed.tokensPerSecond;
};

const wholeCall: CallTime = (outputTokens, speed) => {
  const tokens = tokensAlone(outputTokens, speed);
  const first = speed?.firstTokenMs ?? null;
  return tokens === null || first === null ? null : first / 1000 + tokens;
};

function projectedSpeed(model: string, options: ProjectionOptions): ModelSpeed | undefined {
  const speed = speedOf(options.profile, options.standIns?.get(model) ?? model);
  if (speed === undefined) return undefined;
  return { ...speed, firstTokenMs: speed.firstTokenMs ?? options.assumedFirstTokenMs ?? null };
}

function alongPath<Call>(
  groups: readonly (readonly Call[])[],
  time: (call: Call) => number | null,
): number | null {
  let total = 0;
  for (const group of groups) {
    let longest = 0;
    for (const call of group) {
      const taken = time(call);
      if (taken === null) return null;
      longest = Math.max(longest, taken);
    }
    total += longest;
  }
  return total;
}

function estimateOf(seconds: readonly (number | null)[]): Estimate {
  const cells = seconds.map((latency) => ({ score: null, latency, tokens: null, usd: null }));
  return estimatesOf(cells).latency;
}

/** A front with the latency of every point projected, and how each was. */
export interface ProjectedFront {
  /** The front with `latency` projected in place of measured. */
  readonly file: FrontFile;
  readonly points: ReadonlyMap<ConfigId, ProjectedPoint>;
  readonly profile: SpeedProfile;
  /** Points whose recorded answers do not lead to what was measured, so that nothing can be projected. */
  readonly unplayable: readonly ConfigId[];
  /** Models without a speed in the profile. */
  readonly unknownModels: readonly string[];
}

export interface ProjectedPoint {
  readonly measured: Estimate;
  readonly tuning: ProjectedLatency;
}

/** Projects the front and the baselines of a run. The points stay those that the run found with its own latencies. */
export function projectFront(
  file: FrontFile,
  paths: ReadonlyMap<ConfigId, ConfigPaths>,
  options: ProjectionOptions,
): ProjectedFront {
  const points = new Map<ConfigId, ProjectedPoint>();
  const project = <Member extends FrontMember>(member: Member): Member => {
    const of = (split: CallPath['split']): ProjectedLatency =>
      projectLatency(
        (paths.get(member.id) ?? []).filter((path) => path.split === split),
        options,
      );
    const tuning = of('tuning');
    points.set(member.id, { measured: member.objectives.latency, tuning });
    return {
      ...member,
      objectives: withLatency(member.objectives, tuning.latency),
      holdout: member.holdout === null ? null : withLatency(member.holdout, of('holdout').latency),
    };
  };
  const projected = { ...file, front: file.front.map(project), baselines: file.baselines.map(project) };
  const unknown = [...points.values()].flatMap(({ tuning }) => tuning.unknownModels);
  return {
    file: projected,
    points,
    profile: options.profile,
    unplayable: [...points.keys()].filter((id) => (paths.get(id) ?? null) === null),
    unknownModels: [...new Set(unknown)].sort(),
  };
}

function withLatency(estimates: Estimates, latency: Estimate): Estimates {
  return { ...estimates, latency };
}
