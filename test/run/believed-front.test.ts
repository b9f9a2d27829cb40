import { describe, expect, it } from 'vitest';
import { isBaseline } from '../../src/domain/headliners.ts';
import { LikelyEnd } from '../../src/run/end/likely-end.ts';
import { shortBaselines } from '../../src/run/end/short-baselines.ts';
import type { RunEvent, RunEventOf } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { applyEvent, createRunState, foldEvents, type RunState } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { trialOf } from '../../src/search/search-state.ts';
import type { Trial } from '../../src/search/trial.ts';
import { TrialBook } from '../../src/search/trial-book.ts';
import { createExtendingStrategy, extendingSettings, worldDependencies } from './world.ts';

const { objectives } = extendingSettings;

async function play(): Promise<readonly RunEvent[]> {
  const journal = createMemoryJournal();
  const dependencies = { ...worldDependencies(), createStrategy: createExtendingStrategy };
  await dependencies.clock.run(() =>
    new TuningRun('believed', journal, extendingSettings, dependencies).run(),
  );
  return journal.written;
}

const of = <Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): RunEventOf<Kind>[] =>
  events.filter((event): event is RunEventOf<Kind> => event.kind === kind);

describe('a strategy that says what it believes', async () => {
  const events = await play();
  const finish = events.findIndex((event) => event.kind === 'phase-started');

  it('has trials measured further, which is in the journal', () => {
    const asked = of(events, 'cells-granted').filter((event) => event.asked === true);
    expect(asked.length).toBeGreaterThan(5);
    const state = foldEvents(events);
    expect(state.extensions).toBe(asked.length);
    for (const { trial, upTo } of asked) expect(state.trials[trial]?.begun.size).toBeGreaterThanOrEqual(upTo);
  });

  it('says what the front is while it searches', () => {
    const believed = of(events.slice(0, finish), 'front-believed');
    expect(believed.length).toBeGreaterThan(5);
    const state = foldEvents(events.slice(0, finish));
    const book = new TrialBook(state, { objectives });
    expect(
      book
        .front()
        .map(({ trial }) => trial)
        .sort(),
    ).toEqual([...(believed.at(-1)?.trials ?? [])].sort());
    // Each says something new.
    for (const [at, { trials }] of believed.entries()) expect(trials).not.toEqual(believed[at - 1]?.trials);
  });

  it('has the end measure at each moment whom a first look at its trials would find', () => {
    const numbers = ({ trials }: LikelyEnd) => ({
      finalists: trials.finalists.map(({ trial }) => trial),
      onHoldout: trials.onHoldout.map(({ trial }) => trial),
      first: trials.first,
    });
    const state = createRunState();
    const book = new TrialBook(state, { objectives });
    const likely = new LikelyEnd(book);
    const met = new Set<string>();
    for (const event of events) {
      applyEvent(state, event);
      if (event.kind.startsWith('call-')) continue;
      if (['cell-started', 'cell-finished', 'trial-finished'].includes(event.kind) && 'trial' in event)
        book.changed(trialOf(state, event.trial));
      const fresh = new TrialBook(state, { objectives });
      for (const trial of state.trials) fresh.changed(trial);
      const found = numbers(likely);
      expect(found).toEqual(numbers(new LikelyEnd(fresh)));
      met.add(JSON.stringify(found));
    }
    expect(met.size).toBeGreaterThan(10);
  });

  it('leaves the end to what was then measured on equal cells', () => {
    const state = foldEvents(events);
    const book = new TrialBook(state, { objectives });
    for (const trial of state.trials) book.changed(trial);
    const finalists = [...(state.finalists?.trials ?? [])].map((trial) => state.trials[trial] as Trial);
    const cells = finalists.map((trial) => trial.measurements().length);
    expect(Math.min(...cells)).toBeGreaterThanOrEqual(4);
    const front = book.front();
    expect(front.length).toBeGreaterThan(0);
    expect(front.every((trial) => finalists.includes(trial))).toBe(true);
    const vectors = finalists.map((trial) => trial.estimates);
    for (const trial of front) {
      const own = trial.estimates;
      const worse = (name: (typeof objectives)[number], by: (typeof vectors)[number]): boolean => {
        const [mine, theirs] = [own[name].mean as number, by[name].mean as number];
        return name === 'score' ? theirs > mine : theirs < mine;
      };
      expect(vectors.some((other) => objectives.every((name) => worse(name, other)))).toBe(false);
    }
  });

  it('keeps a baseline as a rival that a limit left fewer cells, and takes no place from others for it', () => {
    const bookOf = (limit: number) => {
      const state = foldEvents(events);
      const limited = state.trials.find(
        ({ origin, trial }) => isBaseline(origin) && isFinalist(state, trial),
      );
      if (limited === undefined) throw new Error('the run has baselines among its finalists');
      const kept = new Set([...limited.begun].filter((key) => key.startsWith('tuning/')).slice(0, limit));
      for (const key of [...limited.begun]) if (!kept.has(key)) limited.begun.delete(key);
      for (const [key, result] of [...limited.results]) {
        limited.results.delete(key);
        const measurement = { score: 1, latency: 0.001, tokens: 1, usd: null };
        if (kept.has(key))
          limited.results.set(key, { ...result, grade: { kind: 'scored', value: 1 }, measurement });
      }
      limited.tuningBegun = kept.size;
      const book = new TrialBook(state, { objectives });
      for (const trial of state.trials) book.changed(trial);
      return { state, book, limited, others: book.front().filter((trial) => trial !== limited) };
    };
    const { state, book, limited, others } = bookOf(2);
    expect(limited.measurements().length).toBe(2);
    expect(book.front()).toContain(limited);
    expect(book.contenders()).toContain(limited);
    expect(others.every((trial) => trial.measurements().length > 2)).toBe(true);
    // The best in all, it would have pushed the others off, had it all its cells.
    const whole = bookOf(Number.POSITIVE_INFINITY);
    expect(others.length).toBeGreaterThan(0);
    expect(whole.others).toEqual([]);
    const [best] = others;
    const cells = state.finalists?.cells;
    expect(shortBaselines(state, book, best)).toMatchObject([{ id: limited.id, of: cells, questions: 2 }]);
    expect(shortBaselines(state, book, limited)).toEqual([]);
    expect(shortBaselines(whole.state, whole.book, best)).toEqual([]);
  });
});

const isFinalist = ({ finalists }: RunState, trial: number): boolean => finalists?.trials.has(trial) === true;
