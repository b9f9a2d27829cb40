import { closeSync, fdatasync } from 'node:fs';
import { openPlainFile } from '../../models/plain-file.ts';

/** Flushes a file to the disk, one flush at a time, off the main thread. */
export class Flusher {
  readonly #descriptor: number;
  #running = false;
  #again = false;
  #closed = false;

  constructor(file: string) {
    this.#descriptor = openPlainFile(file, 'append');
  }

  flush(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    // A failed flush shows again in the next commit, which reports it.
    fdatasync(this.#descriptor, () => {
      this.#running = false;
      if (this.#closed) closeSync(this.#descriptor);
      else if (this.#again) {
        this.#again = false;
        this.flush();
      }
    });
  }

  close(): void {
    this.#closed = true;
    if (!this.#running) closeSync(this.#descriptor);
  }
}
