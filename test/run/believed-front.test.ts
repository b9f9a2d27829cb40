import { describe, expect, it } from 'vitest';
import { LikelyEnd } from '../../src/run/end/likely-end.ts';
import type { RunEvent, RunEventOf } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { applyEvent, createRunState, foldEvents } from '../../src/run/run-state.ts';
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
});
