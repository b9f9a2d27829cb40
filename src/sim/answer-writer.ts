import { sha256 } from '../core/canonical-json.ts';
import { createRng, type Rng } from '../core/rng.ts';
import type { ChatRequest } from '../models/chat-model.ts';
import { temperature as heat } from './constants.ts';
import { createLastingNoise } from './noise.ts';
import type { Persona } from './personas.ts';
import { present } from './presentation.ts';
import { readRequest } from './request-reader.ts';
import { writeRoute } from './routing.ts';
import type { Situation, SubjectAnswer } from './subject.ts';
import { createSubjects } from './subjects.ts';
import type { Textbook } from './textbook/textbook.ts';

/** Writes the whole answer (before any token limit) of one model to one request. */
export type AnswerWriter = (request: ChatRequest, persona: Persona, rng: Rng) => string;

/** All answers of one simulated world: the same seed gives the same blind spots and habits. */
export function createAnswerWriter(seed: string | number, textbook?: Textbook): AnswerWriter {
  const world = createRng(`sim/${seed}`);
  const lasting = createLastingNoise(world.derive('lasting'));
  const subjects = createSubjects((model) => world.derive('habits', model), textbook);
  return (request, persona, rng) => {
    const read = readRequest(request);
    const systemHash = sha256(read.system).slice(0, 16);
    for (const subject of subjects) {
      const question = subject.recognise(read);
      if (question === null) continue;
      const situation: Situation = {
        request: read,
        question,
        persona,
        temperature: (request.temperature ?? heat.fallback) * (0.5 + 0.5 * (request.topP ?? 1)),
        rng,
        lasting: (...names) => lasting(persona.name, ...names),
        promptNoise: (...names) => lasting(persona.name, 'prompt', systemHash, ...names),
      };
      const answer: SubjectAnswer =
        read.role === 'router' ? { form: 'plain', body: writeRoute(situation) } : subject.answer(situation);
      return present(answer, persona, read, rng.derive('present'));
    }
    throw new Error('createAnswerWriter: the last subject must recognise every request');
  };
}
