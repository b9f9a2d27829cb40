import { createRng } from '../../src/core/rng.ts';
import { meanInterval } from '../../src/core/statistics.ts';
import { type ConfigId, configId } from '../../src/domain/moa-config.ts';
import type { Estimates, Measurement, ObjectiveName } from '../../src/domain/objective.ts';
import { isExtension, type Proposal, type Strategy, type TrialReport } from '../../src/search/strategy.ts';
import type { Landscape } from './synthetic.ts';

export interface Drive {
  readonly proposals: readonly Proposal[];
  readonly reports: readonly TrialReport[];
  readonly ended: 'evaluations' | 'exhausted';
}

export interface DriveOptions {
  readonly seed: string | number;
  readonly evaluations: number;
  /** Trials in flight. Default 8. */
  readonly concurrency?: number;
  /** Cells of each trial. Default 3. */
  readonly repeats?: number;
  /** Configs proposed so far; `isKnown` of the context looks here. */
  readonly known?: Set<ConfigId>;
  /** Changes what the strategy is told. */
  readonly spoil?: (report: TrialReport, index: number) => TrialReport;
}

/** Runs a strategy on a landscape as a run would: several trials in flight, told in an order of their own. */
export function drive(strategy: Strategy, landscape: Landscape, options: DriveOptions): Drive {
  const {
    seed,
    evaluations,
    concurrency = 8,
    repeats = 3,
    known = new Set(),
    spoil = (report) => report,
  } = options;
  const proposals: Proposal[] = [];
  const reports: TrialReport[] = [];
  const flying: { proposal: Proposal; due: number }[] = [];
  const order = createRng(`${seed}/order`);
  const land = (): void => {
    flying.sort((a, b) => a.due - b.due);
    const next = flying.shift();
    if (next === undefined) throw new Error('drive: the strategy waits although nothing is in flight');
    const report = spoil(reportOf(next.proposal, landscape, repeats), reports.length);
    reports.push(report);
    strategy.tell(report);
  };
  while (proposals.length < evaluations) {
    if (flying.length >= concurrency) land();
    const answer = strategy.ask(createRng(`${seed}/ask/${proposals.length}/${reports.length}`));
    if (answer === 'exhausted') return { proposals, reports, ended: 'exhausted' };
    if (answer === 'wait') {
      land();
      continue;
    }
    if (isExtension(answer)) {
      const { config, origin } = reports.find(({ id }) => id === answer.extend) as TrialReport;
      strategy.extended?.(answer.extend);
      const report = reportOf({ config, origin }, landscape, answer.cells);
      reports.push(report);
      strategy.tell(report);
      continue;
    }
    known.add(configId(answer.config));
    proposals.push(answer);
    flying.push({ proposal: answer, due: proposals.length + 8 * order.next() });
  }
  while (flying.length > 0) land();
  return { proposals, reports, ended: 'evaluations' };
}

export function reportOf(proposal: Proposal, landscape: Landscape, repeats: number): TrialReport {
  const id = configId(proposal.config);
  const cells = Array.from({ length: repeats }, (_, repeat) => {
    const key = `tuning/${repeat}/one`;
    return { key, measurement: landscape.measure(proposal.config, id, key) };
  });
  const estimates = estimatesOf(cells.map((cell) => cell.measurement));
  return { id, config: proposal.config, origin: proposal.origin, status: 'finished', estimates, cells };
}

function estimatesOf(measurements: readonly Measurement[]): Estimates {
  const of = (name: ObjectiveName) =>
    meanInterval(measurements.map((measurement) => measurement[name]).filter((value) => value !== null));
  return { score: of('score'), latency: of('latency'), tokens: of('tokens'), usd: of('usd') };
}
