import type { Manifest, TuneSettings } from '../../src/run/types.ts';
import { worldSettings, worldSpace, worldTask, yesGrader } from './world.ts';

/** A manifest for runs in the synthetic world. */
export function worldManifest(run: string, settings: TuneSettings = worldSettings): Manifest {
  return {
    version: 1,
    run,
    mixtune: '0.0.0-test',
    node: 'none',
    gitCommit: null,
    startedAt: '2026-04-01T22:00:00.000Z',
    simulated: true,
    settings,
    task: { name: worldTask.name, hash: worldTask.hash },
    space: { name: worldSpace.name, hash: 'none', file: worldSpace },
    grader: { name: yesGrader.name, revision: yesGrader.revision },
    command: [],
    endpoint: {},
  };
}
