import { readRuns } from './board.ts';
import { aheadMs, aheadText, areApart, type ClockLook } from './clocks.ts';
import type { Server } from './server.ts';

export interface ClockGateOptions {
  readonly server: Server;
  /** Takes jobs, or takes none. */
  readonly take: (isRight: boolean) => Promise<void>;
  readonly onLine: (line: string) => void;
}

/**
 * Lets a worker take jobs only while its clock is that of the server or of a run: others it would refuse, faster than
 * the other workers do them.
 */
export class ClockGate {
  readonly #options: ClockGateOptions;
  /** `undefined` before the first look. */
  #isRight: boolean | undefined;

  constructor(options: ClockGateOptions) {
    this.#options = options;
  }

  async pass(look: ClockLook): Promise<void> {
    const { server, take, onLine } = this.#options;
    const ahead = aheadMs(look);
    const isRight =
      !areApart(ahead, 0) || (await readRuns(server)).some((run) => !areApart(ahead, run.clockAheadMs));
    if (isRight === this.#isRight) return;
    if (!isRight) {
      const off = `this machine's clock is ${aheadText(ahead)} the server's`;
      onLine(`${off}: no jobs are taken until it is right; set it by NTP`);
    } else if (this.#isRight === false) onLine("this machine's clock is right: jobs are taken");
    this.#isRight = isRight;
    await take(isRight);
  }
}
