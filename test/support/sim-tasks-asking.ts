import { type Instance, questionOf, type Task } from '../../src/domain/task.ts';
import type { ChatRequest } from '../../src/models/chat-model.ts';
import { createTextbook } from '../../src/sim/index.ts';
import { askSim, mean } from './sim-asking.ts';
import { createScorer, knownTasks, shippedTask } from './sim-tasks.ts';

const tasks = new Map(
  (await Promise.all(knownTasks.map(shippedTask))).map((task) => [task.name, task] as const),
);
/** A textbook of all shipped tasks that can be learned. */
export const textbook = createTextbook([...tasks.values()]);
const scorers = new Map([...tasks].map(([name, task]) => [name, createScorer(task, textbook)]));

export function taskOf(name: string): Task {
  const task = tasks.get(name);
  if (task === undefined) throw new Error(`${name} is not loaded`);
  return task;
}

/** Every `step`-th instance of a task. */
export function instancesOf(name: string, step: number): Instance[] {
  return taskOf(name).tuning.filter((_, index) => index % step === 0);
}

/** Every `step`-th question of a task. */
export function questions(name: string, step: number): string[] {
  return instancesOf(name, step).map((instance) => questionOf(taskOf(name), instance));
}

/** An answer that deserves full marks. */
export function rightAnswer({ reference, gold }: Instance): string {
  return reference ?? (typeof gold === 'string' ? gold : JSON.stringify(gold));
}

/** A question to a simulated model, with the agent's prompt if it has one. */
export function request(
  model: string,
  question: string,
  system = '',
  changes: Partial<ChatRequest> = {},
): ChatRequest {
  return {
    model: `sim/${model}`,
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user', content: question },
    ],
    temperature: 0.4,
    sample: { repeat: 0, index: 0 },
    ...changes,
  };
}

/** What models that have the textbook answer. */
export async function answersTo(requests: readonly ChatRequest[], seed = 3): Promise<string[]> {
  return (await askSim(seed, requests, undefined, textbook)).map((outcome) => {
    if (outcome.kind === 'answered') return outcome.response.text;
    throw new Error(outcome.failure.message);
  });
}

/** Mean score of single answers to every `step`-th question. */
export async function scoreOf(name: string, model: string, system: string, step = 4): Promise<number> {
  const task = taskOf(name);
  const instances = instancesOf(name, step);
  const answers = await answersTo(
    instances.map((instance) => request(model, questionOf(task, instance), system)),
  );
  const grade = scorers.get(name);
  const scores = await Promise.all(
    instances.map((instance, index) => grade?.(answers[index] ?? '', instance) ?? Number.NaN),
  );
  return mean(scores);
}

export function candidates(texts: readonly string[]): string {
  return texts.map((text, index) => `<candidate number="${index + 1}">\n${text}\n</candidate>`).join('\n\n');
}

export function fusing(texts: readonly string[]): string {
  return `Write the final answer to the question. Use what is right in the candidates.\n\n${candidates(texts)}`;
}
