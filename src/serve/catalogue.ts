import { elementAt } from '../core/element-at.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { Estimate, Estimates } from '../domain/objective.ts';
import { type ApiError, badRequest } from '../models/api-error.ts';
import type { ChatModel, ModelCard } from '../models/chat-model.ts';
import type { RequestBounds } from './bounds.ts';

/** What a served config is called through, with the task that it was tuned for, if any. */
export interface ServedSource {
  /** The run's id, or the config's file. */
  readonly name: string;
  /** Providers behind one router; the server adds limits, retries and accounts. */
  readonly model: ChatModel;
  readonly card: (model: string) => ModelCard | undefined;
  readonly simulated: boolean;
  /** Whether simulated models know a question; they make up answers to others. Absent for real ones. */
  readonly knows?: (question: string) => boolean;
  /** The task's prompt, which stands around the first question of a conversation; absent: none does. */
  readonly prompt?: string;
  /** Fills `{{task}}`. */
  readonly task?: string;
  readonly extractAnswer: (text: string) => string | null;
}

/** One config that can be asked. */
export interface Member {
  readonly id: string;
  readonly config: MoaConfig;
  /** Of the run's tuning cells; `null` for a config that no run measured. */
  readonly tuning: Estimates | null;
  readonly holdout: Estimates | null;
  /** With what was seen while serving, where the server adapts. */
  readonly served?: Estimates;
  readonly source: ServedSource;
}

export const pointNames = ['best', 'knee', 'fastest', 'cheapest'] as const;
type PointName = (typeof pointNames)[number];

/** What is served at present. */
export interface Front {
  readonly members: readonly Member[];
  /** Ids of the points that have names. */
  readonly points: Readonly<Partial<Record<PointName, string>>>;
  /** Ids of the configs that came from files, by the names of these. */
  readonly names?: Readonly<Record<string, string>>;
  /** What requests for `front` without bounds of their own get, where any member fits: the run's. */
  readonly bounds?: RequestBounds;
  /** Called when a request begins that its members answer; gives what is called when that has ended. */
  readonly enter?: () => () => void;
}

/** Which members a request may get, and how one is picked out of them. */
export interface Choice {
  /** Those that fit the bounds, best by the preference first. */
  readonly fitting: readonly [Member, ...Member[]];
  /** Why the first of them is chosen, in a few words. */
  readonly why: string;
  /** What the request asked for, with the front's own bounds where those hold. */
  readonly bounds: RequestBounds;
  /** Its figures break the bounds, and the request said that it may. */
  readonly relaxed: boolean;
  /** By which the members' scores are held against each other. */
  readonly scoreOf: ScoreOf;
}

type ScoreOf = (member: Member) => Estimate | undefined;

/** What is known of a member: the holdout's figures, which no search has seen, where there are any. */
export function figuresOf({ served, holdout, tuning }: Member): Estimates | null {
  return served ?? holdout ?? tuning;
}

/**
 * Scores on one scale: those of the holdout where all members were measured there, else those of tuning. A score that
 * the search chose is too good, and would beat one that the holdout has put right.
 */
function scoresOf(members: readonly Member[]): ScoreOf {
  const measured = members.filter((member) => figuresOf(member) !== null);
  return measured.every(({ holdout }) => holdout !== null)
    ? ({ holdout }) => holdout?.score
    : ({ tuning, holdout }) => (tuning ?? holdout)?.score;
}

export const memberModel = (id: string): string => `mixtune/${id}`;

/** Every name that a request may ask for. */
export function modelNames({ members, points, names = {} }: Front): string[] {
  return [
    ...pointNames.filter((name) => points[name] !== undefined),
    ...(members.some((member) => figuresOf(member) !== null) ? ['front'] : []),
    ...Object.keys(names),
    ...members.map(({ id }) => memberModel(id)),
  ];
}

/** The one member that a name stands for, as {@link modelNames} has it. */
export function memberNamed({ members, points, names = {} }: Front, name: string): Member | undefined {
  const point = pointNames.find((known) => known === name);
  const id = point === undefined ? names[name] : points[point];
  return members.find((member) => member.id === id || memberModel(member.id) === name);
}

/** The members behind a model's name; `front` means all that are measured. */
function membersNamed(
  front: Front,
  name: string,
): Result<{ members: readonly Member[]; why: string }, ApiError> {
  if (name === 'front') {
    const members = front.members.filter((member) => figuresOf(member) !== null);
    if (members.length > 0) return ok({ members, why: 'of the front' });
  }
  const point = pointNames.find((known) => known === name);
  const id = point === undefined ? idOf(front, name) : front.points[point];
  const found =
    id === undefined || id === '' ? [] : front.members.filter((member) => member.id.startsWith(id));
  if (found.length === 1) return ok({ members: found, why: point === undefined ? 'named' : `the ${point}` });
  const known = modelNames(front);
  const meant = suggest(name, known);
  const hint =
    meant === undefined ? `there are ${known.slice(0, 20).join(', ')}` : `did you mean "${meant}"?`;
  return err({
    status: 404,
    code: 'model_not_found',
    message: `The model "${name.slice(0, 100)}" does not exist; ${hint}`,
    param: 'model',
  });
}

function idOf({ names = {} }: Front, name: string): string {
  if (Object.hasOwn(names, name)) return names[name] ?? '';
  return name.startsWith('mixtune/') ? name.slice('mixtune/'.length) : name;
}

/**
 * Picks by name and bounds.
 * @param waysOut said where nothing fits
 */
export function choose(
  front: Front,
  name: string,
  asked: RequestBounds,
  waysOut = 'Widen a bound, or send relax to take it.',
): Result<Choice, ApiError> {
  const named = membersNamed(front, name);
  if (!named.ok) return named;
  const { members, why } = named.value;
  const own = name === 'front' && !isBounded(asked) ? withinOwn(members, front.bounds) : undefined;
  const bounds = own === undefined ? asked : { ...front.bounds, ...asked };
  const fitting = own?.fitting ?? members.filter((member) => excessOf(member, bounds) === 0);
  const prefer = bounds.prefer ?? 'score';
  const scoreOf = scoresOf(front.members);
  if (name === 'front') fitting.sort(byPreference(prefer, scoreOf, front.points.best));
  const isByScore = isBounded(bounds) && (prefer === 'score' || bounds.minScore !== undefined);
  // What the search chose by is too good a score to keep bounds with, while another's is known to be true.
  if (name === 'front' && isByScore) fitting.sort((a, b) => Number(isTested(b)) - Number(isTested(a)));
  const [first, ...others] = fitting;
  if (first !== undefined) {
    const whose = own === undefined ? "request's" : "server's";
    const means = own?.by === 'mean' ? ' by its means' : '';
    const within = isBounded(bounds) ? ` within the ${whose} bounds${means}` : '';
    const isUnsure = isByScore && !isTested(first) && members.some(isTested);
    const untested = isUnsure ? ', which was not measured on the holdout' : '';
    const reason = name === 'front' ? `best ${prefer} ${why}${within}${untested}` : why;
    return ok({ fitting: [first, ...others], why: reason, bounds, relaxed: false, scoreOf });
  }
  const nearest = elementAt(
    [...members].sort((a, b) => excessOf(a, bounds) - excessOf(b, bounds)),
    0,
  );
  if (bounds.relax === true)
    return ok({
      ...{ fitting: [nearest], why: "nearest to the request's bounds, which none fits" },
      ...{ bounds, relaxed: true, scoreOf },
    });
  const told = `${memberModel(nearest.id)} (${shortFigures(nearest)})`;
  const fits =
    members.length > 1
      ? `No config fits the bounds; the nearest is ${told}`
      : `${told} does not fit the bounds`;
  return err({
    ...badRequest(`${fits}. ${waysOut}`, 'mixtune', 'no_config_within_bounds'),
    details: { nearest: { model: memberModel(nearest.id), ...figuresForClients(nearest) } },
  });
}

const isTested = ({ holdout }: Member): boolean => holdout !== null;

/**
 * What the front's own bounds leave to a request that has none: those whose whole intervals are inside; where there are
 * none (of those with a holdout, where any has one that fits), those whose means are, out of which tuning chose too.
 *
 * @returns undefined where nothing is left, so that the bounds choose nothing
 */
export function withinOwn(
  members: readonly Member[],
  bounds: RequestBounds = {},
): { readonly fitting: Member[]; readonly by: Reading } | undefined {
  for (const wanted of [members.filter(isTested), members]) {
    for (const by of ['interval', 'mean'] as const) {
      const fits = (member: Member): boolean => excessOf(member, bounds, by) === 0;
      if (wanted.some(fits)) return { fitting: members.filter(fits), by };
    }
  }
  return undefined;
}

/** Whether figures are held against bounds by the worse end of their interval, or by their mean. */
type Reading = 'interval' | 'mean';

function isBounded({ maxLatency, maxUsd, maxTokens, minScore }: RequestBounds): boolean {
  return [maxLatency, maxUsd, maxTokens, minScore].some((bound) => bound !== undefined);
}

/** How far a member is outside the bounds, as shares of them added up; 0: it fits. What is unknown never fits. */
export function excessOf(
  member: Member,
  { maxLatency, maxUsd, maxTokens, minScore }: RequestBounds,
  by: Reading = 'interval',
): number {
  const figures = figuresOf(member);
  const over = (value: number | null | undefined, limit: number | undefined): number =>
    limit === undefined ? 0 : value == null ? 1e9 : Math.max(0, value / limit - 1);
  const [worst, least] = by === 'mean' ? (['mean', 'mean'] as const) : (['high', 'low'] as const);
  const low = figures?.score[least];
  const under = !minScore ? 0 : low == null ? 1e9 : Math.max(0, (minScore - low) / minScore);
  return (
    over(figures?.latency[worst], maxLatency) +
    over(figures?.usd[worst], maxUsd) +
    over(figures?.tokens[worst], maxTokens) +
    under
  );
}

/** @param best the run's choice: it goes before a higher score, which may be luck (domain/best.ts) */
function byPreference(
  prefer: 'score' | 'latency' | 'usd',
  scoreOf: ScoreOf,
  best: string | undefined,
): (first: Member, second: Member) => number {
  const score = (member: Member): number => {
    if (member.id === best) return Number.NEGATIVE_INFINITY;
    return -(scoreOf(member)?.mean ?? Number.NEGATIVE_INFINITY);
  };
  const cost = (member: Member): number =>
    prefer === 'score' ? score(member) : (figuresOf(member)?.[prefer].mean ?? Number.POSITIVE_INFINITY);
  // Two infinite values differ by NaN.
  return (first, second) => cost(first) - cost(second) || score(first) - score(second) || 0;
}

/** A member's figures under the names that clients see. */
export function figuresForClients(member: Member): Record<string, unknown> {
  const { tuning, holdout, source } = member;
  return {
    run: source.name,
    score: rounded(tuning?.score),
    holdout: rounded(holdout?.score),
    latency_s: rounded(figuresOf(member)?.latency),
    usd: rounded(figuresOf(member)?.usd),
    tokens: rounded(figuresOf(member)?.tokens),
    simulated: source.simulated,
  };
}

function rounded(estimate: Estimate | undefined): Estimate | null {
  if (estimate === undefined || estimate.mean === null) return null;
  const short = (value: number | null): number | null =>
    value === null ? null : Number(value.toPrecision(4));
  return { mean: short(estimate.mean), low: short(estimate.low), high: short(estimate.high) };
}

function shortFigures(member: Member): string {
  const figures = figuresOf(member);
  if (figures === null) return 'never measured';
  const end = (name: string, value: number | null, unit: string): string =>
    `${name} ${value === null ? 'unknown' : `${Number(value.toPrecision(3))}${unit}`}`;
  return [
    end('score from', figures.score.low, ''),
    end('latency up to', figures.latency.high, ' s'),
    end('tokens up to', figures.tokens.high, ''),
    end('usd up to', figures.usd.high, ''),
  ].join(', ');
}
