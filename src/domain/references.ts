import { z } from 'zod';

/**
 * How an agent is shown earlier candidate answers, for systems that do it in their own way. An agent without
 * it gets mixtune's own form: an introduction and one `<candidate number="1">` block for each answer.
 */
export const referencesSchema = z.strictObject({
  place: z
    .enum(['prompt', 'system', 'user', 'none'])
    .optional()
    .describe(
      'prompt (default): where the prompt holds {{references}}, else behind it; system: in a system message; user: as the user message, in place of the question; none: never shown.',
    ),
  introduction: z
    .string()
    .optional()
    .describe(
      'Text around the answers, which stand where it holds {{answers}}; {{count}}, {{question}} too.',
    ),
  item: z
    .string()
    .optional()
    .describe(
      'One answer: {{answer}}, its {{number}}, and with {{critique}} what critics say of it. An empty item shows no answers.',
    ),
  numberFrom: z.literal([0, 1]).optional().describe('Number of the first answer, 0 or 1 (default).'),
  joiner: z.string().optional().describe('Text between two answers; default an empty line.'),
  none: z.string().optional().describe('Text where there are no earlier answers; default nothing.'),
  answers: z
    .enum(['final', 'raw', 'trimmed'])
    .optional()
    .describe(
      'final (default): without the thinking that is part of an answer; raw: as the model wrote it; trimmed: that without blanks around it.',
    ),
});
export type ReferencesTemplate = z.infer<typeof referencesSchema>;

/** Placeholders that an introduction and an item may hold. */
export const introductionPlaceholders = ['answers', 'count', 'question'] as const;
export const itemPlaceholders = ['answer', 'number', 'critique'] as const;
