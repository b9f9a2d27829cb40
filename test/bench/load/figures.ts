import { join } from 'node:path';
import { modelsOf } from '../../../src/domain/moa-config.ts';
import type { FrontFile } from '../../../src/domain/run-result.ts';
import type { RunEvent } from '../../../src/run/journal/events.ts';
import { openSqliteJournal } from '../../../src/run/journal/sqlite-journal.ts';
import { foldEvents } from '../../../src/run/run-state.ts';

/** What a run's journal says of how it used its slots, and how blindly it proposed. */
export interface LoadFigures {
  readonly calls: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Share of the slots that calls in flight took, from the third second to the end, and by phase. */
  readonly used: number;
  readonly usedByPhase: Readonly<Record<string, number>>;
  /** Configs open and unconcluded when a further one was started: mean, and most. */
  readonly open: { readonly mean: number; readonly most: number; readonly configs: number };
  /** Single models that scored nothing on their first eight cells, and their share of the calls that came after. */
  readonly hopeless: { readonly models: number; readonly share: number };
  /** Scored holdout cells of the best of the front, and its score there. */
  readonly holdout: { readonly cells: number; readonly score: number | null; readonly measured: number };
}

export function readEvents(folder: string): readonly RunEvent[] {
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
  try {
    return [...journal.events()];
  } finally {
    journal.close();
  }
}

export function figuresOf(events: readonly RunEvent[], concurrency: number, front: FrontFile): LoadFigures {
  const state = foldEvents(events);
  const end = front.spent.seconds * 1000;
  const [best] = front.front;
  const trial = best === undefined ? undefined : state.byId.get(best.id);
  return {
    calls: state.calls,
    tokens: state.tokensIn + state.tokensOut,
    seconds: front.spent.seconds,
    ...slotsUsed(events, concurrency, end),
    open: openAtStart(events),
    hopeless: hopelessShare(events),
    holdout: {
      cells: trial === undefined ? 0 : trial.scored('holdout').length,
      score: best?.holdout?.score.mean ?? null,
      measured:
        front.front.filter(({ holdout }) => holdout !== null).length / Math.max(1, front.front.length),
    },
  };
}

function slotsUsed(
  events: readonly RunEvent[],
  concurrency: number,
  end: number,
): Pick<LoadFigures, 'used' | 'usedByPhase'> {
  const from = 3_000;
  let phase = 'search';
  let at = 0;
  let inFlight = 0;
  const phases = new Map<string, { busy: number; time: number }>();
  const pass = (to: number): void => {
    const time = Math.max(0, Math.min(to, end) - Math.max(at, from));
    const of = phases.get(phase) ?? { busy: 0, time: 0 };
    phases.set(phase, { busy: of.busy + time * inFlight, time: of.time + time });
    at = to;
  };
  for (const event of events) {
    pass(event.at);
    if (event.kind === 'call-dispatched') inFlight++;
    if (event.kind === 'call-answered' || event.kind === 'call-failed' || event.kind === 'call-lost')
      inFlight--;
    if (event.kind === 'phase-started' && event.phase !== 'done') phase = event.phase;
  }
  pass(end);
  const share = ({ busy, time }: { busy: number; time: number }): number =>
    busy / Math.max(1, time * concurrency);
  const all = [...phases.values()].reduce((a, b) => ({ busy: a.busy + b.busy, time: a.time + b.time }));
  return {
    used: share(all),
    usedByPhase: Object.fromEntries([...phases].map(([name, of]) => [name, share(of)])),
  };
}

function openAtStart(events: readonly RunEvent[]): LoadFigures['open'] {
  const open = new Set<number>();
  const seen: number[] = [];
  for (const event of events) {
    if (event.kind === 'trial-started') {
      seen.push(open.size);
      open.add(event.trial);
    }
    if (event.kind === 'trial-finished') open.delete(event.trial);
  }
  const mean = seen.reduce((a, b) => a + b, 0) / Math.max(1, seen.length);
  return { mean, most: Math.max(0, ...seen), configs: seen.length };
}

/** So many first cells of a single model, all without a score, show it to be hopeless. */
const firstCells = 8;

function hopelessShare(events: readonly RunEvent[]): LoadFigures['hopeless'] {
  const singles = new Map<number, { readonly model: string; readonly scores: number[] }>();
  const hopeless = new Set<string>();
  let later = 0;
  let theirs = 0;
  for (const event of events) {
    if (event.kind === 'trial-started' && event.origin.operator === 'baseline')
      singles.set(event.trial, { model: modelsOf(event.config)[0] ?? '', scores: [] });
    if (event.kind === 'cell-finished') {
      const single = singles.get(event.trial);
      const { grade } = event.result;
      if (single !== undefined && grade.kind === 'scored') single.scores.push(grade.value);
      if (single?.scores.length === firstCells && single.scores.every((score) => score === 0))
        hopeless.add(single.model);
    }
    if (event.kind === 'call-dispatched' && hopeless.size > 0) {
      later++;
      if (hopeless.has(event.model)) theirs++;
    }
  }
  return { models: hopeless.size, share: later === 0 ? 0 : theirs / later };
}
