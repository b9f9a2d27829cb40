import { join } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Progress } from '../../../domain/run-result.ts';
import { appendToPlainFile } from '../../../models/plain-file.ts';
import { formatCounted } from '../../../report/format.ts';
import { phaseName, progressLine } from '../../../report/progress-lines.ts';
import type { Manifest } from '../../../run/types.ts';
import type { CliContext } from '../../context.ts';
import { withoutSecrets } from '../secrets.ts';

export const runLogName = 'run.log';
/** Between two heartbeats, in ms. */
const heartbeatMs = 60_000;

/**
 * `run.log` of a run's folder: one line for each thing worth knowing in the morning, with date and time, and
 * a heartbeat every minute. Holds no secrets. A log that cannot be written stops nothing.
 */
export class RunLog {
  readonly #context: CliContext;
  readonly #file: string;
  readonly #stop = new AbortController();
  #last: Progress | undefined;
  #phase: Progress['phase'] | undefined;

  constructor(folder: string, context: CliContext) {
    this.#context = context;
    this.#file = join(folder, runLogName);
  }

  start(manifest: Manifest): void {
    const { pid, version } = process;
    this.line(
      'start',
      `run ${manifest.run}, mixtune ${this.#context.version}, node ${version}, process ${pid}`,
    );
    void this.#beat();
  }

  progress(progress: Progress): void {
    this.#last = progress;
    if (progress.phase === this.#phase) return;
    this.#phase = progress.phase;
    this.line('phase', phaseName(progress.phase));
  }

  /** @param kind `start`, `phase`, `notice`, `heartbeat`, `servers`, `error`, `end` or `pause`. */
  line(kind: string, text: string): void {
    const clean = printable(withoutSecrets(text, this.#context.env)).replaceAll(/\s*\n\s*/g, ' ');
    try {
      appendToPlainFile(this.#file, `${this.#context.today().toISOString()} ${kind}: ${clean}\n`);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#context.notice(`cannot write ${this.#file} (${messageOf(error)})`);
      }
      this.#stop.abort();
    }
  }

  end(): void {
    this.#stop.abort();
  }

  async #beat(): Promise<void> {
    const { clock, stderr } = this.#context;
    try {
      for (;;) {
        await clock.sleep(heartbeatMs, this.#stop.signal);
        if (this.#last === undefined) continue;
        const text = `${progressLine(this.#last)}, ${formatCounted(this.#last.callsInFlight, 'call')} in flight`;
        this.line('heartbeat', text);
        // In a terminal the live display shows that it lives.
        if (stderr.isTTY !== true) stderr.line(`still at work: ${text}`);
      }
    } catch {
      // Stopped.
    }
  }
}
