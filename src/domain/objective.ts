export const objectiveNames = ['score', 'latency', 'tokens', 'usd'] as const;

/** What a config is judged by. */
export type ObjectiveName = (typeof objectiveNames)[number];

/** Which way each objective is better. */
export const objectiveDirections: Record<ObjectiveName, 'max' | 'min'> = {
  score: 'max',
  latency: 'min',
  tokens: 'min',
  usd: 'min',
};

/** A value of an objective turned so that less is better; `null` where it is unknown. */
export function asCost(name: ObjectiveName, value: number | null): number | null {
  return value !== null && objectiveDirections[name] === 'max' ? -value : value;
}

/**
 * What one cell measured: score 0..1, latency in seconds (critical path), tokens (input + output)
 * and usd per question. `null` is unknown: never 0, and never counted as good.
 */
export type Measurement = Readonly<Record<ObjectiveName, number | null>>;

/** Mean with a 95% interval over cells; all `null` where nothing is known. */
export interface Estimate {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}
export type Estimates = Readonly<Record<ObjectiveName, Estimate>>;
