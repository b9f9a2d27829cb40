import { Worker } from 'node:worker_threads';

/** How often the event loop has to turn, in ms. */
const tickMs = 1_000;

/**
 * Ends this process (SIGKILL) when its event loop does not turn for `seconds`: a loop that is blocked would keep
 * the locks of its jobs no longer, yet do them on and on. Seconds are counted by a thread that stands still with
 * the process, so that one that was stopped and goes on is not taken for blocked.
 * @returns ends the watch
 */
export function watchEventLoop(seconds: number): () => void {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const timer = setInterval(() => Atomics.add(turns, 0, 1), tickMs / 2);
  timer.unref();
  const thread = new Worker(
    `const { turns, seconds, tickMs } = require('node:worker_threads').workerData;
    let seen = -1;
    let still = 0;
    setInterval(() => {
      const now = Atomics.load(turns, 0);
      still = now === seen ? still + 1 : 0;
      seen = now;
      if (still < seconds) return;
      require('node:fs').writeSync(2, 'mixtune: the event loop has not turned for ' + seconds + ' s: this worker ends, others take over its jobs\\n');
      process.kill(process.pid, 'SIGKILL');
    }, tickMs);`,
    { eval: true, execArgv: [], workerData: { turns, seconds, tickMs } },
  );
  thread.unref();
  return () => {
    clearInterval(timer);
    void thread.terminate();
  };
}
