import { recordOf } from '../../core/records.ts';
import { VirtualClock } from '../../core/virtual-clock.ts';
import type { Spent } from '../../domain/budget.ts';
import { equalSpend } from '../../domain/headliners.ts';
import type { Instance } from '../../domain/task.ts';
import { judgeOf } from '../../grading/create-grader.ts';
import type { ModelCard } from '../../models/chat-model.ts';
import { plannedCalls } from '../../run/calls/planned-calls.ts';
import type { EndReason, Phase, RunEvent } from '../../run/journal/events.ts';
import { createMemoryJournal, type Journal } from '../../run/journal/journal.ts';
import { TuningRun } from '../../run/tuning-run.ts';
import type { TuneDependencies, TuneSettings } from '../../run/types.ts';
import { type AssumedWorld, drawWorld } from './assumed-world.ts';
import type { Beliefs } from './beliefs.ts';
import { type CallRole, callRoles, createRoleReader } from './call-role.ts';
import { createStandInGrader, standInAnswer } from './stand-in-grader.ts';
import { createStandInModel } from './stand-in-model.ts';
import { withoutMiddle } from './stand-in-text.ts';
import type { PlayStratum } from './strata.ts';

/** A job to rehearse: what {@link TuningRun} gets, but for models, grader and clock, which are stood in for. */
export interface Job {
  readonly settings: TuneSettings;
  readonly task: TuneDependencies['task'];
  readonly space: TuneDependencies['space'];
  readonly createStrategy: TuneDependencies['createStrategy'];
  readonly card: (model: string) => ModelCard | undefined;
  /** Ends a play under way. */
  readonly signal?: AbortSignal;
}

export type WorkPhase = Exclude<Phase, 'done'>;
export const workPhases = ['search', 'finish', 'holdout'] as const satisfies readonly WorkPhase[];

/** One rehearsal of a job. */
export interface Played {
  readonly total: Spent;
  readonly byPhase: Readonly<Record<WorkPhase, Spent>>;
  /**
   * What the search took from the start of each configuration to that of the next, in their order, without writing
   * prompts; time as in `byRole`.
   */
  readonly bySearched: readonly Spent[];
  /** Time is here the sum of their calls' service times, which overlap. */
  readonly byRole: Readonly<Record<CallRole, Spent>>;
  readonly evaluations: number;
  /** Calls for one question of all plain ways that the end began, to compare the best mixture with. */
  readonly plainCalls: number;
  readonly ended: EndReason | 'running' | 'interrupted';
  /** Share of the slots' time in which a call was under way, 0..1. */
  readonly slotsUsed: number;
  /** Service times of all answered calls added up. */
  readonly busySeconds: number;
}

/** What a play under way has used on its own clock, calls in flight included. */
export type PlayedSoFar = Pick<Played, 'total' | 'evaluations'>;

/**
 * Plays the whole job once on a virtual clock, in a world drawn from the beliefs by the seed.
 * @param onCall is called with each call that is made
 */
export async function playJob(
  job: Job,
  beliefs: Beliefs,
  seed: string,
  stratum?: PlayStratum,
  onCall?: (soFar: PlayedSoFar) => void,
): Promise<Played> {
  return playIn(drawWorld(beliefs, job.card, seed, stratum), job, onCall);
}

async function playIn(world: AssumedWorld, job: Job, onCall?: (soFar: PlayedSoFar) => void): Promise<Played> {
  const clock = new VirtualClock();
  const account = new Account(onCall);
  const { settings, task, space, createStrategy, card, signal = new AbortController().signal } = job;
  const model = createStandInModel({
    clock,
    world,
    card,
    roleOf: createRoleReader(space),
    onAnswer: ({ role, usage, usd, serviceMs }) =>
      account.add(account.byRole[role], usage.inputTokens, usage.outputTokens, usd, serviceMs),
  });
  const front = await clock.run(() =>
    new TuningRun('rehearsal', account.journal(), settings, {
      clock,
      model,
      card,
      task: { ...task, tuning: shortQuestions(task.tuning), holdout: shortQuestions(task.holdout) },
      space,
      createStrategy,
      grader: createStandInGrader(world, judgeOf(task)),
      extractAnswer: standInAnswer,
      signal,
    }).run(),
  );
  account.endPhase(front.spent.seconds);
  const busy = callRoles.reduce((sum, role) => sum + account.byRole[role].seconds, 0);
  return {
    total: front.spent,
    byPhase: account.byPhase,
    bySearched: account.bySearched,
    byRole: account.byRole,
    evaluations: front.evaluations,
    plainCalls: account.plainCalls,
    ended: front.ended as Played['ended'],
    slotsUsed: busy === 0 ? 0 : Math.min(1, busy / (front.spent.seconds * settings.concurrency)),
    busySeconds: busy,
  };
}

function shortQuestions(instances: readonly Instance[]): Instance[] {
  return instances.map((instance) => ({ ...instance, input: withoutMiddle(instance.input) }));
}

type Open = { -readonly [Name in keyof Spent]: Spent[Name] };
const nothing = (): Open => ({ calls: 0, tokensIn: 0, tokensOut: 0, usd: 0, seconds: 0 });

/** Adds up by phase what a run's events say was spent, and by role what the stand-in answered. */
class Account {
  readonly byPhase: Record<WorkPhase, Open> = { search: nothing(), finish: nothing(), holdout: nothing() };
  readonly bySearched: Open[] = [];
  plainCalls = 0;
  readonly byRole = recordOf(callRoles, nothing);
  readonly #open = new Map<number, OpenCall>();
  readonly #onCall: ((soFar: PlayedSoFar) => void) | undefined;
  #phase: Phase = 'search';
  #since = 0;
  #evaluations = 0;

  constructor(onCall: ((soFar: PlayedSoFar) => void) | undefined) {
    this.#onCall = onCall;
  }

  /** A memory journal without memory for events: only answers are ever asked of it again. */
  journal(): Journal {
    return { ...createMemoryJournal(), append: (event) => this.#take(event) };
  }

  add(to: Open, tokensIn: number, tokensOut: number, usd: number | null, ms: number): void {
    to.calls++;
    to.tokensIn += tokensIn;
    to.tokensOut += tokensOut;
    to.usd = to.usd === null || usd === null ? null : to.usd + usd;
    to.seconds += ms / 1000;
  }

  endPhase(seconds: number): void {
    if (this.#phase !== 'done') this.byPhase[this.#phase].seconds += seconds - this.#since;
    this.#since = seconds;
  }

  #take(event: RunEvent): void {
    if (event.kind === 'phase-started') {
      this.endPhase(event.at / 1000);
      this.#phase = event.phase;
    } else if (event.kind === 'call-dispatched') {
      const phase = this.#phase === 'done' ? 'holdout' : this.#phase;
      const searched = event.purpose === 'prompt-writer' ? undefined : this.bySearched.at(-1);
      const amounts = [this.byPhase[phase], ...(phase === 'search' && searched ? [searched] : [])];
      this.#open.set(event.call, { amounts, event });
      for (const each of amounts) each.calls++;
      this.#onCall?.({ total: this.#totalAt(event.at), evaluations: this.#evaluations });
    } else if (event.kind === 'trial-started') {
      if (event.origin.operator === equalSpend) {
        this.plainCalls += plannedCalls(event.config);
        return;
      }
      this.#evaluations++;
      this.bySearched.push(nothing());
    } else if (event.kind === 'call-answered') {
      const { inputTokens, outputTokens } = event.usage;
      const searched = this.#open.get(event.call)?.amounts[1];
      if (searched !== undefined) searched.seconds += event.serviceMs / 1000;
      this.#settle(event.call, inputTokens, outputTokens, event.usd);
    } else if (event.kind === 'call-lost') {
      const reserved = this.#open.get(event.call)?.event.reserved;
      this.#settle(event.call, reserved?.tokensIn ?? 0, reserved?.tokensOut ?? 0, reserved?.usd ?? null);
    } else if (event.kind === 'call-failed') {
      this.#open.delete(event.call);
    }
  }

  #totalAt(at: number): Spent {
    const total = nothing();
    for (const phase of workPhases) {
      const { calls, tokensIn, tokensOut, usd } = this.byPhase[phase];
      total.calls += calls;
      total.tokensIn += tokensIn;
      total.tokensOut += tokensOut;
      total.usd = total.usd === null || usd === null ? null : total.usd + usd;
    }
    return { ...total, seconds: at / 1000 };
  }

  #settle(call: number, tokensIn: number, tokensOut: number, usd: number | null): void {
    const open = this.#open.get(call);
    if (open === undefined) return;
    this.#open.delete(call);
    for (const amounts of open.amounts) {
      amounts.tokensIn += tokensIn;
      amounts.tokensOut += tokensOut;
      amounts.usd = amounts.usd === null || usd === null ? null : amounts.usd + usd;
    }
  }
}

interface OpenCall {
  readonly event: DispatchEvent;
  /** Where it counts: its phase, and in the search among `bySearched`. */
  readonly amounts: readonly Open[];
}

type DispatchEvent = Extract<RunEvent, { kind: 'call-dispatched' }>;
