import process from 'node:process';
import { createRealClock } from '../../../src/core/clock.ts';
import { unwrap } from '../../../src/core/result.ts';
import { createRng } from '../../../src/core/rng.ts';
import { Recorder } from '../../../src/run/journal/recorder.ts';
import { openSqliteJournal } from '../../../src/run/journal/sqlite-journal.ts';
import { SearchLoop } from '../../../src/search/loop.ts';
import type { SearchEvent } from '../../../src/search/search-events.ts';
import { parseSearchSpace, settleSpace } from '../../../src/search/space-file.ts';
import { strategyRecord } from '../../../src/search/strategies.ts';

/** Loads a run's journal as resuming does, strategy and all; prints what that took. `node --import tsx … <file>`. */
const [file = ''] = process.argv.slice(2);
const objectives = ['score', 'latency', 'tokens'] as const;
const start = performance.now();
const cpu = process.cpuUsage();
const journal = openSqliteJournal(file, { flush: 'never', readOnly: true });
const recorder = new Recorder(journal, { clock: createRealClock(), now: () => 0, durability: 'grouped' });
const { state } = recorder;
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
const { create, schedule } = strategyRecord('evolution');
const loop = new SearchLoop({
  ...{ state, space, objectives, schedule, strategy: create },
  ...{ cells: [{ split: 'tuning', instance: 'challenge', repeat: 0 }], searchCells: 1, rng: createRng(1) },
  record: (event) => recorder.record(event),
});
recorder.follow({
  take(event, again) {
    loop.take(event as SearchEvent, again);
    if (event.kind === 'trial-finished') loop.book.hypervolume();
  },
});
recorder.replay();
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(
  JSON.stringify({
    ms: performance.now() - start,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    trials: state.trials.length,
    calls: state.calls,
    concluded: state.concluded,
    front: loop.book.front().length,
  }),
);
