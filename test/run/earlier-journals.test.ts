import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import {
  createExtendingStrategy,
  draftingDependencies,
  draftingSettings,
  extendingSettings,
  worldDependencies,
} from './world.ts';

/**
 * Journals that mixtune 0.1.0 wrote at commit 82fbf08 (schema 2, a snapshot every 60 events), stopped at 70% of
 * their search; `search`: the events of the whole search as it goes on from there, as in that version where `asToday`.
 * (How a run measures its end has changed since.)
 */
const journals = [
  {
    world: 'extending',
    settings: extendingSettings,
    events: 1843,
    trials: 20,
    asToday: true,
    search: '3239eb66db19b36664c0cb7ad0c2f414753f9f2568b0a4e2fedcdde54a742dab',
  },
  {
    world: 'drafting',
    settings: {
      ...draftingSettings,
      schedule: {
        ...(draftingSettings.schedule as NonNullable<TuneSettings['schedule']>),
        racing: 'e-process',
      },
    } satisfies TuneSettings,
    events: 863,
    trials: 18,
    // How often a prompt is written has become the run's own decision since, and a few are written early.
    asToday: false,
    search: 'd3790c1815aa7934f643243f08ded2d8717e6e0bcb78571e055176cfe25a969c',
  },
] as const;

const scratch = temporaryFolder('earlier');

function unpack(world: string, name: string): string {
  const file = join(scratch, `${name}.sqlite`);
  const fixture = new URL(`../fixtures/journals/${world}.sqlite.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(fixture)));
  return file;
}

/** As the version before snapshots wrote it. */
function asSchemaOne(file: string): void {
  const database = new Database(file);
  database.exec(`
    DROP TABLE snapshot_parts;
    DROP TABLE snapshot_head;
    UPDATE meta SET value = '1' WHERE name = 'schema';
  `);
  database.close();
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const dependenciesOf = (world: (typeof journals)[number]['world']): ReturnType<typeof worldDependencies> =>
  world === 'drafting'
    ? draftingDependencies({ failureRate: 0.2 })
    : { ...worldDependencies({ failureRate: 0.2 }), createStrategy: createExtendingStrategy };

describe.each(journals)('a journal of an earlier version ($world)', (earlier) => {
  describe.each(['2, with snapshots', '1'])('of schema %s', (schema) => {
    const file = unpack(earlier.world, `${earlier.world}-${schema[0]}`);
    if (schema === '1') asSchemaOne(file);

    it('is read as it is', () => {
      const before = readFileSync(file);
      const journal = openSqliteJournal(file, { flush: 'never', readOnly: true });
      const state = foldEvents(journal.events());
      expect([...journal.events()]).toHaveLength(earlier.events);
      journal.close();
      expect({ trials: state.trials.length, phase: state.phase }).toEqual({
        trials: earlier.trials,
        phase: 'search',
      });
      expect(readFileSync(file).equals(before)).toBe(true);
    });

    const isPlayed = thorough || (schema === '1') === (earlier.world === 'drafting');
    it.skipIf(!isPlayed)('goes on to what it would have come to, and pays for nothing twice', async () => {
      const journal = openSqliteJournal(file, { flush: 'never' });
      const dependencies = dependenciesOf(earlier.world);
      const answered = [...journal.events()].filter(({ kind }) => kind === 'call-answered').length;
      const failed = [...journal.events()].filter(({ kind }) => kind === 'call-failed').length;
      const front = await dependencies.clock.run(() =>
        new TuningRun('test', journal, earlier.settings, dependencies).run(),
      );
      const events = [...journal.events()];
      const ended = events.filter(({ kind }) => kind === 'call-answered' || kind === 'call-failed').length;
      journal.close();
      const end = events.findIndex(({ kind }) => kind === 'phase-started');
      expect(sha256(JSON.stringify(events.slice(0, end + 1)))).toBe(earlier.search);
      expect(dependencies.model.paid).toBe(ended - answered - failed);
      // That a run goes on as it would have is told of today's journals too (resume.test.ts).
      if (!earlier.asToday || !thorough) return;
      const fresh = dependenciesOf(earlier.world);
      const unstopped = createMemoryJournal();
      const same = await fresh.clock.run(() =>
        new TuningRun('test', unstopped, earlier.settings, fresh).run(),
      );
      expect(front).toEqual(same);
      expect(events).toEqual(unstopped.written);
    });
  });
});
