import { z } from 'zod';
import type { PythonCallOutcome, PythonOutcome, PythonScriptJob, PythonValue } from '../grading/grader.ts';

const className = z.string();

/** See {@link PythonValue}. */
const pythonValue: z.ZodType<PythonValue> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({ type: z.literal('bool'), value: z.boolean() }),
    z.strictObject({ type: z.literal('int'), value: z.string(), className: className.exactOptional() }),
    z.strictObject({ type: z.literal('float'), value: z.string(), className: className.exactOptional() }),
    z.strictObject({ type: z.literal('str'), value: z.string(), className: className.exactOptional() }),
    z.strictObject({ type: z.enum(['list', 'tuple', 'set']), items: z.array(pythonValue), className }),
    z.strictObject({
      type: z.literal('dict'),
      entries: z.array(z.tuple([pythonValue, pythonValue])),
      className,
    }),
    z.strictObject({ type: z.literal('object'), className, repr: z.string().exactOptional() }),
    z.strictObject({ type: z.literal('cut'), reason: z.string() }),
  ]),
);

const callOutcome: z.ZodType<PythonCallOutcome> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('returned'), value: pythonValue, argsAfter: z.array(pythonValue) }),
  z.strictObject({ kind: z.literal('raised'), exception: z.string(), message: z.string() }),
]);

/** What went into a sandbox on another machine. */
export const pythonJobSchema: z.ZodType<PythonScriptJob> = z.strictObject({
  source: z.string(),
  calls: z.array(
    z.strictObject({
      function: z.string(),
      args: z.array(pythonValue),
      argsAfter: z.boolean().exactOptional(),
    }),
  ),
  timeLimitMs: z.number().positive().exactOptional(),
  expressions: z.array(z.string()).exactOptional(),
});

/** What came out of a sandbox on another machine. */
export const pythonOutcomeSchema: z.ZodType<PythonOutcome> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ran'), calls: z.array(callOutcome) }),
  z.strictObject({ kind: z.literal('not-loaded'), exception: z.string(), message: z.string() }),
  z.strictObject({
    kind: z.literal('stopped'),
    cause: z.enum(['time', 'memory', 'output', 'violation', 'crash']),
    message: z.string(),
    calls: z.array(callOutcome),
  }),
  z.strictObject({ kind: z.literal('unavailable'), reason: z.string() }),
]);
