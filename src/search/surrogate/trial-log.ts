import { elementAt } from '../../core/element-at.ts';
import { cellOfKey } from '../../domain/cell.ts';
import { meansOf } from '../../domain/estimates.ts';
import type { ConfigId, MoaConfig } from '../../domain/moa-config.ts';
import type { TrialReport } from '../strategy.ts';
import { type AgentShares, agentSharesOf } from './correlated-noise.ts';
import type { ConfigEncoder, EncodedConfig } from './encoded-config.ts';

/** What one tell said. */
export interface LogEntry {
  /** Index of the trial among those of the log. */
  readonly trial: number;
  /** Mean over scored cells; `null` where unknown, as are the costs. */
  readonly score: number | null;
  readonly tokens: number | null;
  readonly latency: number | null;
  readonly usd: number | null;
  /** Scored cells, and different questions among them. */
  readonly cells: number;
  readonly questions: number;
  /** Cells that it was granted by then, scored or not. */
  readonly granted: number;
  readonly dropped: boolean;
  /** By the number of the cell, NaN where unscored; as long as the last cell that is known needs. */
  readonly scores: Float32Array;
}

export interface LoggedTrial {
  readonly id: ConfigId;
  readonly encoded: EncodedConfig;
  readonly config: MoaConfig;
  readonly agentShares: AgentShares;
}

/**
 * All that was told, in order. A trial may be told again, with more cells; what was known at an earlier time
 * can still be read, so that whatever is fitted can be fitted again when a search is rebuilt.
 */
export class TrialLog {
  readonly trials: LoggedTrial[] = [];
  readonly entries: LogEntry[] = [];
  readonly encoder: ConfigEncoder;
  readonly #index = new Map<ConfigId, number>();
  readonly #newest: LogEntry[] = [];
  readonly #cells = new Map<string, number>();
  /** Number of each cell's question. */
  readonly questions: number[] = [];
  readonly #questions = new Map<string, number>();

  constructor(encoder: ConfigEncoder) {
    this.encoder = encoder;
  }

  add(report: TrialReport): LogEntry {
    let trial = this.#index.get(report.id);
    if (trial === undefined) {
      trial = this.trials.length;
      this.trials.push({
        id: report.id,
        config: report.config,
        agentShares: agentSharesOf(report.config),
        encoded: this.encoder.encode(report.config, true),
      });
      this.#index.set(report.id, trial);
    }
    const scores = this.#scoresOf(report);
    const entry: LogEntry = {
      trial,
      ...meansOf(report.estimates),
      cells: report.cells.length,
      granted: report.granted ?? report.cells.length,
      questions: new Set(this.questions.filter((_, cell) => !Number.isNaN(scores[cell] ?? Number.NaN))).size,
      dropped: report.status === 'dropped',
      scores,
    };
    this.entries.push(entry);
    this.#newest[trial] = entry;
    return entry;
  }

  /** Cells that a trial, by index, was last told with. */
  cellsOf(trial: number): number {
    return this.#newest[trial]?.cells ?? 0;
  }

  /** The newest entry of each trial among the first `position` entries, by the trial's index. */
  newestAt(position: number): LogEntry[] {
    const newest: LogEntry[] = [];
    for (let at = 0; at < position; at++) {
      const entry = elementAt(this.entries, at);
      newest[entry.trial] = entry;
    }
    return newest;
  }

  #scoresOf(report: TrialReport): Float32Array {
    const numbers = report.cells.map(({ key }) => this.#numberOf(key));
    const length = numbers.reduce((most, number) => Math.max(most, number + 1), 0);
    const found = new Float32Array(length).fill(Number.NaN);
    report.cells.forEach(({ measurement: { score } }, at) => {
      if (score !== null) found[elementAt(numbers, at)] = score;
    });
    return found;
  }

  #numberOf(key: string): number {
    let number = this.#cells.get(key);
    if (number === undefined) {
      number = this.#cells.size;
      this.#cells.set(key, number);
      const { instance } = cellOfKey(key);
      const question = this.#questions.get(instance) ?? this.#questions.size;
      this.#questions.set(instance, question);
      this.questions.push(question);
    }
    return number;
  }
}

/** Whether the config is one call, whose answer is the config's. */
export function asksOneAgentOnce({ answerers, ending, calls }: EncodedConfig): boolean {
  return ending === 'answer' && answerers.length === 1 && answerers[0]?.samples === 1 && calls.length === 1;
}
