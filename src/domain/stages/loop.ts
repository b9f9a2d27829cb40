import { z } from 'zod';
import { simpleRecordOf, simpleStageSchema } from './simple-stages.ts';
import type { StageRecord } from './stage-record.ts';

const schema = z.strictObject({
  kind: z.literal('loop'),
  stages: z.array(simpleStageSchema).min(1),
  /** Times the inner stages run; with `until`, at most so many (default 3). */
  times: z.int().min(1).max(16).optional(),
  /** `verified`: stop as soon as an inner verify stage has accepted a candidate. */
  until: z.literal('verified').optional(),
});
type Loop = z.infer<typeof schema>;

/** Passes of a loop at most. Only one that runs until verified may leave `times` out. */
export const timesOf = (stage: Pick<Loop, 'times'>): number => stage.times ?? 3;

/** Runs its stages again and again, each pass on what the last one left. */
export const loop = {
  schema,
  counts: (stage) => ({ times: timesOf(stage) }),
  title: ({ stages }) => `loop (${stages.map((inner) => simpleRecordOf(inner).title(inner)).join(', ')})`,
  line: (stage, inner) =>
    `loop ${stage.until === undefined ? `×${timesOf(stage)}` : 'until verified'} [${inner}]`,
  repeated: (stage, times) => ({ ...stage, times }),
  faults({ stages, times, until }, at) {
    const inner = stages.flatMap(
      (stage, index) => simpleRecordOf(stage).faults?.(stage, [...at, 'stages', index]) ?? [],
    );
    if (until === undefined && times === undefined) {
      return [{ at, found: 'neither', expected: '"times" or "until" in a loop' }, ...inner];
    }
    if (until === undefined || stages.some((stage) => simpleRecordOf(stage).accepts)) return inner;
    const expected = 'a verify stage inside a loop that runs until verified';
    return [{ at: [...at, 'until'], found: 'none', expected }, ...inner];
  },
} satisfies StageRecord<Loop>;
