import type { ChatRequest } from '../chat-model.ts';
import { isSameModel, serverName } from '../model-names.ts';
import type { ServerNotes } from '../server-note.ts';
import type { AnswerCollector } from './openai-answer.ts';
import type { CheckedUsage } from './usage-check.ts';

/** Notes what is odd of the usage that a server told. */
export function noteUsage(notes: ServerNotes, model: string, { disbelieved, cut }: CheckedUsage): void {
  if (disbelieved !== undefined) {
    const text = `the server tells usage that cannot be true (${disbelieved}); mixtune counts for itself`;
    notes.say(model, 'usage', text);
  }
  if (cut !== undefined) {
    const text = `the server counts ${cut.told} tokens of a prompt of about ${cut.sent}: it seems to cut prompts that are longer than its context (Ollama: num_ctx)`;
    notes.say(model, 'prompt-cut', text);
  }
}

/** Notes what is odd of an answer. */
export function noteOddities(
  notes: ServerNotes,
  { model, maxTokens }: ChatRequest,
  answer: AnswerCollector,
): void {
  if (answer.isCut) {
    notes.say(
      model,
      'limit',
      `the server does not keep max_tokens (${maxTokens}): answers are cut off there`,
    );
  }
  if (answer.calledTool && answer.text === '') {
    const text = 'the model calls a tool in place of answering, which counts as an empty answer';
    notes.say(model, 'tool-call', text);
  }
  const { model: told } = answer;
  if (told !== undefined && !isSameModel(told, serverName(model))) {
    // What a server calls itself is its own text: it reaches terminals and logs.
    const name = JSON.stringify(told.replace(/[^\x20-\x7e]/g, '?'));
    notes.say(model, 'other-model', `the server says that ${name} answers`);
  }
}
