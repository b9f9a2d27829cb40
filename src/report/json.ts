import { defined } from '../core/defined.ts';
import { type Bounds, judgedBy, keepsBounds, standingOf } from '../domain/bounds.ts';
import { type FrontFile, type FrontMember, memberOfFile } from '../domain/run-result.ts';
import { frontColumns } from './front-columns.ts';

/**
 * What `tune --json` and `front --format json` print. Units: score 0..1, latency in seconds, tokens and
 * usd per question; an unknown value is `null`.
 */
export function runJson(run: string, file: FrontFile) {
  return {
    run,
    simulated: file.simulated,
    task: file.task,
    front: file.front.map(memberJson),
    baselines: file.baselines.map((baseline) => ({ label: baseline.label, ...memberJson(baseline) })),
    others: (file.others ?? []).map(memberJson),
    best: file.best ?? null,
    ...(file.bounds === undefined ? {} : boundsJson(file, file.bounds)),
    headline: file.headline ?? null,
    hypervolume: file.hypervolume,
    spent: file.spent,
    ...defined({ lost: file.lost, inFlight: file.inFlight }),
    ...defined({ grading: file.grading }),
    evaluations: file.evaluations,
    ...defined({ slowdown: file.slowdown }),
    ...defined({ writing: file.writing }),
    ...defined({ cutShort: file.cutShort, unmeasured: file.unmeasured }),
    ended: file.ended,
  };
}

/** The bounds, and how each config that is told of stands to them by its id. */
function boundsJson({ front, baselines, others = [] }: FrontFile, bounds: Bounds) {
  const standings = [...front, ...baselines, ...others].map((member) => [
    member.id,
    standingOf(bounds, member),
  ]);
  return { bounds, standings: Object.fromEntries(standings) };
}

/** What the columns of the front read of a member; `null` where it is unknown. */
function memberJson(member: FrontMember) {
  const keys = new Set(frontColumns.flatMap(({ json }) => json ?? []));
  return Object.fromEntries([...keys].map((key) => [key, member[key] ?? null]));
}

/** Limits of `mixtune front`: only members that keep all of them stay (see `judgedBy`); an unknown value keeps none. */
export interface FrontFilter {
  /** Seconds. */
  readonly maxLatency?: number;
  readonly maxTokens?: number;
  /** 0..1. */
  readonly minScore?: number;
  /** All of them in one; of two limits on the same the other counts. */
  readonly bound?: Bounds;
}

/** All limits in one. */
export function limitsOf({ maxLatency, maxTokens, minScore, bound }: FrontFilter): Bounds {
  return { ...bound, ...defined({ latency: maxLatency, tokens: maxTokens, score: minScore }) };
}

/** What is left has a best of its own where the run's is not in it: by tuning score alone, so that it overrules none. */
export function filterFront(file: FrontFile, filter: FrontFilter): FrontFile {
  const limits = limitsOf(filter);
  const keeps = (member: FrontMember): boolean => {
    const judged = judgedBy(member);
    return keepsBounds((name) => judged[name].mean, limits);
  };
  const { best, overruled, ...rest } = file;
  const bestMember = best === undefined ? undefined : memberOfFile(file, best);
  const isKept = bestMember !== undefined && keeps(bestMember);
  const kept = isKept ? defined({ best, overruled }) : {};
  const named = new Set(file.headline?.lines.map(({ id }) => id));
  // What the comparison has of them is known all the same.
  const others = [...(file.others ?? []), ...file.front.filter((each) => !keeps(each) && named.has(each.id))];
  return {
    ...{ ...rest, ...kept, front: file.front.filter(keeps) },
    ...(others.length === 0 ? {} : { others }),
  };
}
