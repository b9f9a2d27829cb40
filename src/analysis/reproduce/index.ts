export { claimOf, lockOf } from '../../run/lock.ts';
export {
  createReplayModel,
  lastFailures,
  type ReplayResult,
  type ReplayVerdict,
  replayTrial,
  replayVerdicts,
} from '../../run/replay.ts';
export { type Differences, differencesOf, type Obstacles, type Present } from './differences.ts';
export { readLock } from './lock-file.ts';
export { type ReproduceSettings, type Reproduction, reproduce, unmeasured } from './reproduce.ts';
export {
  type LockRequest,
  lockOfRun,
  openEvidence,
  type RunEvidence,
  recordedClaims,
} from './run-evidence.ts';
export { type ClaimVerdict, defaultRepeats, defaultSplit, overallLevel } from './verdicts.ts';
