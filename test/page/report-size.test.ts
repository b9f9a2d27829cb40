import { describe, expect, test } from 'vitest';
import { RunRecord } from '../../src/analysis/run-record.ts';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { pageDocument } from '../../src/report/page-document.ts';
import { reportParts } from '../../src/report/report-parts.ts';
import { createRunViews } from '../../src/report/view-model/run-views.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { Manifest } from '../../src/run/types.ts';
import { thorough } from '../support/thorough.ts';

/** The page as it is built, by the limits that build-page.mjs holds it to. */
const template = `<style></style><!--csp--><title>mixtune</title><!--data--><script>${'x'.repeat(760_000)}</script>`;

/** A run whose figures are as random as figures can be, so that they pack worse than any real ones. */
function randomEvents(trials: number, cells: number): RunEvent[] {
  const rng = createRng('sizes');
  const events: Omit<RunEvent, 'at'>[] = [];
  const ids: string[] = [];
  let cell = 0;
  for (let trial = 0; trial < trials; trial++) {
    const config = randomConfig(trial, rng.next());
    ids.push(configId(config));
    const parents = trial < 20 ? [] : [ids[Math.floor(rng.next() * trial)] ?? ''];
    const origin = { operator: trial < 10 ? 'baseline' : 'swap-prompt', parents };
    events.push({ kind: 'trial-started', trial, id: configId(config), config, origin } as Omit<
      RunEvent,
      'at'
    >);
    for (let at = 0; at < cells; at++, cell++) {
      const of = { split: 'tuning', instance: `question-${at}`, repeat: 0 };
      const measurement = {
        score: rng.next(),
        latency: 9 * rng.next(),
        tokens: Math.floor(9000 * rng.next()),
        usd: rng.next() / 100,
      };
      const grade = { kind: 'scored', value: measurement.score };
      const answer = Array.from({ length: 40 }, () => rng.next().toString(36)).join(' ');
      const result = { grade, measurement, answer, degraded: [], calls: 3, tokensEstimated: false };
      events.push({ kind: 'cell-started', cell, trial, of } as Omit<RunEvent, 'at'>);
      events.push({ kind: 'cell-finished', cell, trial, result } as Omit<RunEvent, 'at'>);
    }
    events.push({ kind: 'trial-finished', trial, status: 'finished' } as Omit<RunEvent, 'at'>);
  }
  return events.map((event, at) => ({ ...event, at }) as RunEvent);
}

function randomConfig(trial: number, temperature: number): MoaConfig {
  const prompt = `You answer as well as you can, in the way number ${trial % 40}. `.repeat(6);
  const agent = {
    name: 'proposer',
    model: `sim/model-${trial % 7}`,
    prompt,
    temperature: Number(temperature.toFixed(2)),
  };
  return { version: 1, name: `config ${trial}`, stages: [{ kind: 'propose', agents: [agent] }] };
}

async function sizeOf(trials: number, cells: number): Promise<number> {
  const settings = {
    objectives: ['score', 'latency', 'tokens'],
    budget: {},
    seed: 1,
    strategy: 'random',
    models: [],
    simulated: true,
  };
  const manifest = {
    ...{
      version: 1,
      run: 'sizes',
      mixtune: '0',
      node: '0',
      gitCommit: null,
      startedAt: '',
      simulated: true,
      settings,
    },
    ...{
      task: { name: 'sizes', hash: 'x' },
      space: { name: 'x' },
      grader: { name: 'x', revision: 'x' },
      command: [],
      endpoint: {},
    },
  } as unknown as Manifest;
  const record = new RunRecord(manifest.settings.objectives);
  for (const event of randomEvents(trials, cells)) record.apply(event);
  const journal = { answer: () => undefined, events: () => [] };
  const views = createRunViews({
    record,
    manifest,
    journal,
    task: undefined,
    scale: undefined,
    extractAnswer: () => null,
  });
  const parts = await reportParts([{ record, views, withWhy: false }], 'front', '0');
  return Buffer.byteLength(pageDocument({ template, title: 'sizes', connects: 'nowhere', parts }));
}

describe('a report keeps small', () => {
  test('1,000 configs of 24 cells each, with answers of the front: at most 2 MB', async () => {
    const bytes = await sizeOf(1000, 24);
    expect(bytes).toBeLessThanOrEqual(2_000_000);
    // It is no empty one: the page and a good part of the answers are in it.
    expect(bytes).toBeGreaterThan(1_300_000);
  });

  test.skipIf(!thorough)('10,000 configs: at most 8 MB', async () => {
    expect(await sizeOf(10_000, 24)).toBeLessThanOrEqual(8_000_000);
  });
});
