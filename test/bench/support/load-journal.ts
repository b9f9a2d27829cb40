import process from 'node:process';
import { createRealClock } from '../../../src/core/clock.ts';
import { unwrap } from '../../../src/core/result.ts';
import { Recorder } from '../../../src/run/recorder.ts';
import { openSqliteJournal } from '../../../src/run/sqlite-journal.ts';
import { TrialBook } from '../../../src/run/trial-book.ts';
import { createStrategy, parseSearchSpace, settleSpace } from '../../../src/search/index.ts';

/** Loads a run's journal as resuming does, strategy and all; prints what that took. `node --import tsx … <file>`. */
const [file = ''] = process.argv.slice(2);
const objectives = ['score', 'latency', 'tokens'] as const;
const start = performance.now();
const cpu = process.cpuUsage();
const journal = openSqliteJournal(file, { flush: 'never', readOnly: true });
const recorder = new Recorder(journal, { clock: createRealClock(), now: () => 0, durability: 'grouped' });
const { state } = recorder;
const book = new TrialBook(state, objectives);
const space = settleSpace(
  unwrap(
    parseSearchSpace(
      {
        version: 1,
        name: 'journal',
        temperatures: [0.2],
        stages: { kinds: ['fuse'] },
        prompts: { single: ['Answer.'], fuser: ['Fuse.'] },
      },
      'space',
    ),
  ),
  ['sim/sage-70b', 'sim/swift-8b'],
);
const strategy = createStrategy('evolution', { space, objectives, isKnown: (id) => state.byId.has(id) });
recorder.replay({
  trialStarted: (trial) => strategy.asked(trial),
  trialOpened: () => undefined,
  cellFinished: (trial) => book.changed(trial),
  trialFinished: (trial) => {
    book.changed(trial);
    strategy.tell(book.report(trial));
    book.hypervolume();
  },
});
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    trials: state.trials.length,
    calls: state.calls,
    concluded: state.concluded,
    front: book.front().length,
  }),
);
