import { createRng, type Rng } from '../core/rng.ts';
import { createCodeChallenge } from './code-challenge/code-challenge.ts';
import { guesser } from './guesser.ts';
import { createPromptWriter } from './prompt-writer/prompt-writer.ts';
import { readRequest } from './request-reader.ts';
import type { Subject } from './subject.ts';
import type { Textbook } from './textbook/textbook.ts';
import { createTextbookSubject } from './textbook/textbook-subject.ts';

/**
 * All that simulated models know, in the order in which a request is offered.
 * @param habitsOf a model's lasting habits of style in this world
 * @param textbook questions known by heart; without it there are none
 */
export function createSubjects(
  habitsOf: (model: string) => Rng,
  textbook?: Textbook,
): readonly [...Subject[], Subject] {
  const learned = textbook === undefined ? [] : [createTextbookSubject(textbook)];
  return [createPromptWriter(textbook), createCodeChallenge(habitsOf), ...learned, guesser];
}

/** Whether simulated models know what a question asks; they guess at all others. */
export function recognises(question: string, textbook: Textbook): boolean {
  const request = readRequest({ messages: [{ role: 'user', content: question }] });
  const subjects = createSubjects((model) => createRng(model), textbook);
  return subjects.find((subject) => subject.recognise(request) !== null) !== guesser;
}
