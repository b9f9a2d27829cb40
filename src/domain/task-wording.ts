import { z } from 'zod';
import { defined } from '../core/defined.ts';

/** How answers are compared by a vote stage. */
export const answerForms = ['text', 'code', 'number', 'choice', 'label', 'json'] as const;

/**
 * What of a task goes into its calls beside the questions: enough to ask a new question exactly as the tuned ones
 * were asked, also where the task is not at hand.
 */
export const taskWordingSchema = z.strictObject({
  description: z.string().min(1).describe('What the task asks; fills {{task}}.'),
  prompt: z
    .string()
    .exactOptional()
    .describe('Stands around each question, in place of its {{input}}. Default: the question alone.'),
  answer: z.enum(answerForms).default('text').describe('How a vote compares answers.'),
  labels: z.array(z.string().min(1)).min(1).exactOptional().describe('Of answers that are labels.'),
  statement: z.enum(['last', 'first']).exactOptional().describe('Which statement of an answer counts.'),
});
export type TaskWording = z.infer<typeof taskWordingSchema>;

interface WordedTask {
  readonly description: string;
  readonly prompt?: string | undefined;
  readonly answer: TaskWording['answer'];
  readonly grader: Readonly<Record<string, unknown>>;
}

const readingSchema = taskWordingSchema.pick({ labels: true, statement: true });

export function wordingOf({ description, prompt, answer, grader }: WordedTask): TaskWording {
  const { shape } = readingSchema;
  const [labels, statement] = [
    shape.labels.safeParse(grader.labels),
    shape.statement.safeParse(grader.statement),
  ];
  return {
    ...{ description, answer },
    ...defined({ prompt }),
    ...(labels.success ? { labels: labels.data } : {}),
    ...(statement.success ? { statement: statement.data } : {}),
  };
}

const place = '{{input}}';

/** A prompt with its question: what an instance of a task is asked with. */
export function promptAround(prompt: string | undefined, input: string): string {
  return prompt === undefined ? input : prompt.replaceAll(place, () => input);
}

/** Whether a prompt adds anything to a question. One that has no place for it cannot stand around it. */
export function isWrapper(prompt: string | undefined): prompt is string {
  return prompt?.includes(place) === true && prompt.trim() !== place;
}

/** Characters of a prompt that no question has around it by chance. */
const leastFixed = 20;

/** Whether a text has the prompt around it already: whoever sent it has worded it as the task does. */
function isWorded(prompt: string, text: string): boolean {
  const parts = prompt.split(place);
  const [first, last] = [(parts[0] ?? '').trimStart(), (parts.at(-1) ?? '').trimEnd()];
  const said = text.trim();
  const fixed = first.length + last.length;
  return fixed >= leastFixed && said.length >= fixed && said.startsWith(first) && said.endsWith(last);
}

interface Turn {
  readonly role: string;
  readonly content: string;
}

interface Conversation<Earlier extends Turn> {
  readonly question: string;
  readonly earlier: readonly Earlier[];
}

/**
 * A conversation as the models are to see it: the task's prompt stands around what the user says first, as around
 * the questions that were tuned; what follows is said as it is. A question that has it already stays as it is.
 */
export function wordConversation<Earlier extends Turn>(
  prompt: string | undefined,
  { question, earlier }: Conversation<Earlier>,
): Conversation<Earlier> {
  if (!isWrapper(prompt)) return { question, earlier };
  const worded = (text: string): string => (isWorded(prompt, text) ? text : promptAround(prompt, text));
  const first = earlier.findIndex(({ role }) => role === 'user');
  if (first < 0) return { question: worded(question), earlier };
  return {
    question,
    earlier: earlier.map((turn, index) =>
      index === first ? { ...turn, content: worded(turn.content) } : turn,
    ),
  };
}

/**
 * A question that begins a conversation, as the models are to see it: with the task's prompt around it, once.
 *
 * @example
 * import { wordQuestion } from 'mixtune';
 *
 * const prompt = 'Which intent does this message have?\n\n{{input}}';
 * wordQuestion(prompt, 'Where is my parcel?'); // 'Which intent does this message have?\n\nWhere is my parcel?'
 */
export function wordQuestion(prompt: string | undefined, question: string): string {
  return wordConversation(prompt, { question, earlier: [] }).question;
}
