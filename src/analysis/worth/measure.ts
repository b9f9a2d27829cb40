import { defined } from '../../core/defined.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Spent } from '../../domain/budget.ts';
import { type Cell, cellKey, cellOfKey } from '../../domain/cell.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { type ConfigId, configId } from '../../domain/moa-config.ts';
import type { Seat } from '../../domain/stages/simple-stages.ts';
import { placedSeats } from '../../domain/stages/stages.ts';
import { formatPath } from '../../domain/validation.ts';
import type { CutOff } from '../../run/types.ts';
import {
  bitsIn,
  differenceOf,
  effectOf,
  meansOn,
  type System,
  shapleyOf,
  sharedCells,
  speaksOf,
  standardErrorOf,
} from './effects.ts';
import type { AgentsWorth, AgentWorth, Effect } from './schema.ts';
import { type FreshCalls, SystemBook, type SystemsParts } from './systems.ts';

export interface WorthParts extends SystemsParts {
  /** The config that is looked at, which the run tried. */
  readonly id: ConfigId;
  readonly simulated: boolean;
  /** Whose answers. @defaultValue the holdout's, where it was measured: nothing was chosen by them */
  readonly split?: Cell['split'];
  /** Answers for each question, where there are not so many yet; further ones take calls. */
  readonly repeats?: number;
  /** Absent: only what is recorded. */
  readonly fresh?: FreshCalls;
}

export type WorthOutcome =
  | {
      readonly kind: 'found';
      readonly worth: AgentsWorth;
      /** By fresh calls. */
      readonly spent: Spent;
      /** Why not all was asked. */
      readonly cutOff?: CutOff;
    }
  | { readonly kind: 'refused'; readonly because: string };

const level = 0.95;
/** Agents of whom every subset is measured: 63 systems. */
const mostPlayers = 6;

/**
 * What each agent of a config adds: its score less that without the agent (leave-one-out), and the agent's Shapley value.
 * Every system is measured on the same cells, so that differences are paired. Intervals hold for all agents together
 * (Bonferroni), since an agent is called useful that stands out among several.
 */
export async function agentsWorth(parts: WorthParts): Promise<WorthOutcome> {
  const { state, id } = parts;
  const trial = state.byId.get(id);
  if (trial === undefined) return { kind: 'refused', because: `the run never tried config ${id}` };
  const seats = namedSeats(trial.config);
  if (seats.length < 2)
    return { kind: 'refused', because: 'the config is one agent, which is all of its worth' };
  const split = parts.split ?? (trial.scored('holdout').length > 0 ? 'holdout' : 'tuning');
  const cells = cellsFor(
    trial.scored(split).map(({ key }) => key),
    split,
    parts,
  );
  if (cells.length === 0) return { kind: 'refused', because: `no answer of its ${split} was scored` };
  const book = new SystemBook(trial.config, cells, parts);
  const whole = 2 ** seats.length - 1;
  const singly = seats.map((_, player) => whole & ~(1 << player));
  const all =
    seats.length > mostPlayers ? [whole, ...singly] : Array.from({ length: whole + 1 }, (_, mask) => mask);
  await book.lookUp(all);
  if (parts.fresh !== undefined) {
    await book.ask([whole, ...singly], parts.fresh);
    await book.ask(all, parts.fresh);
  }
  const looked = { book, cells, seats, whole, singly, all };
  const { cutOff } = book;
  const worth = { ...describe(looked), version: 1 as const, id, simulated: parts.simulated, split };
  return { kind: 'found', worth, spent: book.spent, ...defined({ cutOff }) };
}

/** The scored cells, and further repeats of their questions where more are asked for. */
function cellsFor(
  scored: readonly string[],
  split: Cell['split'],
  { repeats = 0 }: Pick<WorthParts, 'repeats'>,
): string[] {
  const questions = new Set(scored.map((key) => cellOfKey(key).instance));
  const further = Array.from({ length: repeats }, (_, repeat) =>
    [...questions].map((instance) => cellKey({ split, instance, repeat })),
  );
  return [...new Set([...scored, ...further.flat()])];
}

interface Looked {
  readonly book: SystemBook;
  readonly cells: readonly string[];
  readonly seats: readonly PlacedSeat[];
  readonly whole: number;
  /** Without each agent. */
  readonly singly: readonly number[];
  readonly all: readonly number[];
}

function describe(looked: Looked): Omit<AgentsWorth, 'version' | 'id' | 'simulated' | 'split'> {
  const { book, cells, seats, whole, singly, all } = looked;
  const players = seats.length;
  const wholeSystem = book.at(whole);
  const own = sharedCells([wholeSystem], cells);
  const each = 1 - (1 - level) / players;
  const shapley = shapleyPart(looked);
  const agents = seats.map(({ at, agent, role }, player): AgentWorth => {
    const mask = elementAt(singly, player);
    const without = book.at(mask);
    const both = sharedCells([wholeSystem, without], cells);
    const leaveOneOut = effectOf(differenceOf(wholeSystem, without, cells), each);
    const { recorded, fresh, missing } = book.evidence([mask]);
    return {
      ...{ at, role, name: agent.name, model: agent.model, leaveOneOut },
      shapley:
        shapley.cells.length === 0
          ? null
          : effectOf(shapleyOf(shapley.systems, players, player, shapley.cells), each),
      verdict: verdictOf(leaveOneOut),
      without: both.length === 0 ? null : meansOn(without, both),
      evidence: { recorded, fresh, missing },
    };
  });
  return {
    over: speaksOf(own),
    questions: new Set(own.map((key) => cellOfKey(key).instance)).size,
    cells: own.length,
    level,
    whole: meansOn(wholeSystem, own),
    agents,
    shapley: { systems: shapley.systems.size, cells: shapley.cells.length, missing: shapley.missing },
    pruned: prunedOf(looked, agents),
    evidence: book.evidence(all),
  };
}

function verdictOf(effect: Effect | null): AgentWorth['verdict'] {
  if (effect === null || effect.low === null || effect.high === null) return 'unknown';
  if (effect.low > 0) return 'adds';
  return effect.high < 0 ? 'harms' : 'not-told-apart';
}

interface ShapleyPart {
  readonly systems: ReadonlyMap<number, System>;
  readonly cells: readonly string[];
  readonly missing: string | null;
}

function shapleyPart({ book, cells, seats, all }: Looked): ShapleyPart {
  const none = { systems: new Map<number, System>(), cells: [] };
  if (seats.length > mostPlayers) {
    return {
      ...none,
      missing: `${seats.length} agents make ${2 ** seats.length - 1} systems; of more than ${mostPlayers} only leave-one-out is measured`,
    };
  }
  const systems = new Map(all.map((mask) => [mask, book.at(mask)]));
  const shared = sharedCells([...systems.values()], cells);
  if (shared.length > 0) return { systems, cells: shared, missing: null };
  const { missing } = book.evidence(all);
  return {
    ...none,
    missing: `${missing} answers of the ${systems.size - 1} systems of some of the agents are not recorded`,
  };
}

/**
 * Leaves out agents that are not shown to add something, one after another, always the one whose loss is smallest, as long as
 * the loss to the whole stays within one standard error (Breiman, Friedman, Olshen & Stone 1984, the rule for pruning
 * trees): two agents that each add nothing beside the other may add something together.
 */
function prunedOf(
  { book, cells, seats, whole, all }: Looked,
  agents: readonly AgentWorth[],
): AgentsWorth['pruned'] {
  const known = new Set(all);
  const wholeSystem = book.at(whole);
  const loss = (
    mask: number,
  ): { readonly mask: number; readonly mean: number; readonly error: number } | undefined => {
    if (!known.has(mask)) return undefined;
    const lost = differenceOf(wholeSystem, book.at(mask), cells);
    const effect = effectOf(lost, level);
    const error = standardErrorOf(lost);
    return effect === null || error === null ? undefined : { mask, mean: effect.mean, error };
  };
  const players = agents.flatMap(({ verdict }, player) =>
    verdict === 'not-told-apart' || verdict === 'harms' ? [player] : [],
  );
  let kept = whole;
  for (;;) {
    const options = players.flatMap((player) => {
      const found = kept & (1 << player) ? loss(kept & ~(1 << player)) : undefined;
      return found !== undefined && found.mean <= found.error ? [found] : [];
    });
    const [first, ...others] = options;
    if (first === undefined) break;
    kept = others.reduce((best, option) => (option.mean < best.mean ? option : best), first).mask;
  }
  const system = book.at(kept);
  const both = sharedCells([wholeSystem, system], cells);
  const difference = effectOf(differenceOf(system, wholeSystem, cells), level);
  if (bitsIn(kept) === seats.length || system.config === null || difference === null) return null;
  return {
    id: configId(system.config),
    config: system.config,
    without: seats.flatMap(({ at }, player) => (kept & (1 << player) ? [] : [at])),
    cells: both.length,
    measured: meansOn(system, both),
    difference,
  };
}

interface PlacedSeat extends Omit<Seat, 'at'> {
  /** `stages[0].agents[1]` */
  readonly at: string;
}

function namedSeats({ stages }: MoaConfig): PlacedSeat[] {
  return placedSeats(stages).map((seat) => ({ ...seat, at: formatPath(seat.at) }));
}
