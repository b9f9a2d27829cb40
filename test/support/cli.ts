import { Readable, Writable } from 'node:stream';
import { type CliContext, createCliContext, type ProcessContext } from '../../src/cli/context.ts';
import { createRealClock } from '../../src/core/clock.ts';

/** A stream that keeps what is written to it. */
export class TextSink extends Writable {
  text = '';
  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface TestContext extends ProcessContext {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Presses Ctrl-C. */
  readonly interrupt: () => void;
}

/** A process's outside, made up: no environment, empty stdin, streams that are no terminals. */
export function testContext(argv: readonly string[], changes: Partial<ProcessContext> = {}): TestContext {
  const callbacks = new Set<() => void>();
  return {
    argv,
    version: '0.0.0-test',
    env: {},
    cwd: process.cwd(),
    stdin: Readable.from(['']),
    clock: createRealClock(),
    today: () => new Date('2026-04-01T22:00:05Z'),
    // A forecast takes as long as a small run; tests of forecasts ask for it.
    forecasts: false,
    // No test asks a real provider, whatever keys it sets.
    fetch: async () => {
      throw new TypeError('fetch failed: tests have no network');
    },
    packageFolder: process.cwd(),
    onInterrupt: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    ...changes,
    stdout: new TextSink(),
    stderr: new TextSink(),
    interrupt: () => {
      for (const callback of callbacks) callback();
    },
  };
}

/** The same as a command's handler gets it. */
export function commandContext(changes: Partial<ProcessContext> = {}): CliContext {
  return createCliContext(testContext([], changes));
}
