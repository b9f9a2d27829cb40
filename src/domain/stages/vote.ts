import { z } from 'zod';
import type { SimpleStageRecord } from './stage-record.ts';

const schema = z.strictObject({ kind: z.literal('vote') });
type Vote = z.infer<typeof schema>;

/** The majority's answer passes on; no call is made. */
export const vote = {
  schema,
  agents: {},
  after: (_, candidates) => Math.min(1, candidates),
  calls: () => [],
  counts: () => ({}),
  title: () => 'vote',
  line: () => 'vote',
} satisfies SimpleStageRecord<Vote>;
