import { describe, expect, it } from 'vitest';
import { withPaidCells } from '../../src/cli/wiring/jobs/paid-cells.ts';
import { configId } from '../../src/domain/moa-config.ts';
import { memberOfFile } from '../../src/domain/run-result.ts';
import { createMemoryCallStore } from '../../src/models/call-store/stored-call.ts';
import type { SharedAnswers } from '../../src/run/calls/kept-answers.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { drawMixingWorld, mixingGrader, mixingRevision, tuneMixingWorld } from './mixing-world.ts';

const world = drawMixingWorld(3, { tuning: 32, holdout: 8 });
const budget = { maxEvaluations: 16 };
const answers = createMemoryCallStore();
const first = await tuneMixingWorld(world, { budget }, answers);
const best = memberOfFile(first.file, first.file.best ?? '');
const seeds = [best, ...first.file.front].flatMap((member) => (member === undefined ? [] : [member.config]));
const settings: TuneSettings = { ...first.settings, seed: 2, seeds, budget: { maxEvaluations: 20 } };

/** Plans it beside such answers. */
const planned = (known: Pick<SharedAnswers, 'get'> | undefined) =>
  withPaidCells(settings, {
    task: world.task,
    grader: mixingGrader,
    model: {
      revision: () => mixingRevision(world.seed),
      complete: () => Promise.reject(new Error('no model is called')),
    },
    answers: known && { peek: (key) => known.get(key) },
  });

describe('a run that starts from an earlier one', () => {
  it('begins its configs on all cells that were paid for, and pays nothing for these', async () => {
    const { settings: begun, note } = await planned(answers);
    const counts = Object.entries(begun.paidCells ?? {});
    expect(counts).toHaveLength(new Set(seeds.map(configId)).size);
    // A vote may have more: other configs asked its agents further.
    for (const [id, cells] of counts)
      expect(cells).toBeGreaterThanOrEqual(first.state.byId.get(id)?.tuningBegun ?? Number.NaN);
    expect(Math.min(...counts.map(([, cells]) => cells))).toBeGreaterThan(8);
    expect(note).toMatch(new RegExp(`^${counts.length} of ${counts.length} configs .* begin with \\d+`));

    const { events, file } = await tuneMixingWorld(world, begun, answers);
    const trials = events.filter((event) => event.kind === 'trial-started');
    const of = trials.filter(({ origin }) => origin.operator.includes('warm-start'));
    expect(Object.fromEntries(of.map(({ id, granted }) => [id, granted]))).toEqual(begun.paidCells);
    const others = trials.filter(({ id }) => begun.paidCells?.[id] === undefined);
    expect(Math.max(...others.map(({ granted = 0 }) => granted))).toBe(8);
    const seen = events.slice(
      0,
      events.findIndex((event) => event.kind === 'trial-started' && event.trial === others[0]?.trial),
    );
    expect(seen.filter(({ kind }) => kind === 'call-dispatched')).toEqual([]);
    expect(file.front.length).toBeGreaterThan(0);
  });

  it('has an end as if its search had made these calls, although it made none', async () => {
    const { settings: begun } = await planned(answers);
    const few = { ...begun, budget: { maxEvaluations: 12 } };
    await tuneMixingWorld(world, few, answers);
    const { state, file } = await tuneMixingWorld(world, few, answers);
    expect(state.searchCalls).toBe(0);
    expect(new Set(file.front.map(({ holdoutCells }) => holdoutCells))).toEqual(new Set([8]));
  });

  it('begins them as any other where no answers are shared, or these are gone', async () => {
    expect(await planned(undefined)).toEqual({ settings });
    expect(await planned(createMemoryCallStore())).toEqual({ settings });
  });
});
