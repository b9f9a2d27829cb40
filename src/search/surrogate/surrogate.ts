import { CostFit } from './cost-fit.ts';
import type { TrialLog } from './trial-log.ts';

/** Tells before the first fit. */
const firstFit = 6;
/** A new fit when the log has grown by this share. */
const growth = 0.12;
/** Share of the growth within which a new fit is completed and takes over. */
const buildWithin = 0.5;

/**
 * Keeps a fit of the log that is new enough. Which fit is in use follows from the length of the log alone, so
 * that a rebuilt search uses the same; and while one is in use the next is made a few steps at a time.
 */
export class Surrogate {
  readonly #log: TrialLog;
  #current: CostFit | undefined;
  #next: CostFit | undefined;

  constructor(log: TrialLog) {
    this.#log = log;
  }

  /** The fit to use now; `undefined` while too little is known. */
  fit(): CostFit | undefined {
    const told = this.#log.entries.length;
    const { inUse, underWay } = positionsAt(told);
    if (inUse === undefined) return undefined;
    if (this.#current?.position !== inUse) {
      this.#current = this.#next?.position === inUse ? this.#next : new CostFit(this.#log, inUse);
      this.#current.advance(Number.POSITIVE_INFINITY);
    }
    if (underWay !== undefined) {
      if (this.#next?.position !== underWay) this.#next = new CostFit(this.#log, underWay);
      this.#next.advance(Math.ceil(this.#next.steps * shareDone(underWay, told)));
    }
    return this.#current.isUseful ? this.#current : undefined;
  }
}

/** Lengths of the log at which the fit in use, and the one that is being made, were begun. */
function positionsAt(told: number): { inUse: number | undefined; underWay: number | undefined } {
  let inUse: number | undefined;
  for (let position = firstFit; position <= told; position = nextAfter(position)) {
    if (shareDone(position, told) < 1) return { inUse, underWay: position };
    inUse = position;
  }
  return { inUse, underWay: undefined };
}

const nextAfter = (position: number): number => position + Math.max(3, Math.ceil(growth * position));

const shareDone = (position: number, told: number): number =>
  Math.min(1, (told - position + 1) / (buildWithin * (nextAfter(position) - position)));
