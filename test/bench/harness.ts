/** One figure with what it is held against. */
export interface Measured {
  readonly figure: number;
  readonly unit: string;
  /** What the figure is compared with: a peer measured in the same run, or a fixed limit. */
  readonly peerOrLimit: { readonly kind: 'peer' | 'limit'; readonly name: string; readonly value: number };
  /** figure / peerOrLimit.value. */
  readonly ratio: number;
  /** What the ratio has to be. */
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
  readonly met: boolean;
  /** What else a reader should know: sizes, checks passed, spread. */
  readonly note?: string;
}

/** A file of this folder ending in `.bench.ts` exports one of these as `bench`, or several as `benches`. */
export interface Bench {
  /** Lower case, joined by hyphens; what `--only` takes. */
  readonly name: string;
  run(): Promise<Measured>;
}

export interface Outcome extends Measured {
  readonly name: string;
}

/** Puts a figure beside a limit it must not exceed (times) or must reach (rates). */
export function against(
  figure: number,
  unit: string,
  peerOrLimit: Measured['peerOrLimit'],
  goal: Measured['goal'],
  note?: string,
): Measured {
  const ratio = figure / peerOrLimit.value;
  const met = 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
  return { figure, unit, peerOrLimit, ratio, goal, met, ...(note === undefined ? {} : { note }) };
}

/**
 * Wall-clock milliseconds of each of `rounds` calls, after `warmUp` calls that are not counted; sorted.
 * Takes the input of each call outside the measured time.
 */
export function timeRounds<Input>(
  prepare: (round: number) => Input,
  work: (input: Input) => void,
  { rounds = 5, warmUp = 1 }: { rounds?: number; warmUp?: number } = {},
): number[] {
  const times: number[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const input = prepare(round);
    const start = performance.now();
    work(input);
    if (round >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

export function median(sorted: readonly number[]): number {
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError('median: expected at least one value, found none');
  return middle;
}
