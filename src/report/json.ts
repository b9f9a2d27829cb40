import type { ObjectiveName } from '../domain/objective.ts';
import type { FrontFile, FrontMember } from '../domain/run-result.ts';
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
    hypervolume: file.hypervolume,
    spent: file.spent,
    evaluations: file.evaluations,
    ended: file.ended,
  };
}

/** What the columns of the front read of a member; `null` where it is unknown. */
function memberJson(member: FrontMember) {
  const keys = new Set(frontColumns.flatMap(({ json }) => json ?? []));
  return Object.fromEntries([...keys].map((key) => [key, member[key] ?? null]));
}

/** Limits of `mixtune front`: only members that keep all of them stay; an unknown value keeps none. */
export interface FrontFilter {
  /** Seconds. */
  readonly maxLatency?: number;
  readonly maxTokens?: number;
  /** 0..1. */
  readonly minScore?: number;
}

export function filterFront(file: FrontFile, filter: FrontFilter): FrontFile {
  const within = (member: FrontMember, name: ObjectiveName, test: (mean: number) => boolean): boolean => {
    const mean = member.objectives[name].mean;
    return mean !== null && test(mean);
  };
  const { maxLatency, maxTokens, minScore } = filter;
  return {
    ...file,
    front: file.front.filter(
      (member) =>
        (maxLatency === undefined || within(member, 'latency', (mean) => mean <= maxLatency)) &&
        (maxTokens === undefined || within(member, 'tokens', (mean) => mean <= maxTokens)) &&
        (minScore === undefined || within(member, 'score', (mean) => mean >= minScore)),
    ),
  };
}
