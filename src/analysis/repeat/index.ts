export { type RunRecordingLine, recordRun } from './export-run.ts';
export { type RecordedRun, recordedRunOf } from './recorded-run.ts';
export { type RepeatDependencies, type RepeatDifference, type Repetition, repeatRun } from './repeat.ts';
