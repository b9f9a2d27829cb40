import { RunRecord } from '../../src/analysis/run-record.ts';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { pageDocument } from '../../src/report/page-document.ts';
import { reportParts } from '../../src/report/report-parts.ts';
import { createRunViews } from '../../src/report/view-model/run-views.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import type { Manifest } from '../../src/run/types.ts';

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

/** The report, with answers of the front, of a run named `sizes` of so many configs with so many cells each. */
export async function largeReport(template: string, trials: number, cells: number): Promise<string> {
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
  const record = new RunRecord(manifest.settings);
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
  return pageDocument({ template, title: 'sizes', connects: 'nowhere', parts });
}
