import type { ModelCard } from '../models/chat-model.ts';
import { type Persona, personas } from './personas.ts';

const prefix = 'sim/';

/** What is known of the simulated models before calling them. */
export const simulatedModels: readonly ModelCard[] = personas.map((persona) => ({
  name: `${prefix}${persona.name}`,
  contextTokens: persona.contextTokens,
  price: { inputPerMillion: persona.inputPerMillion, outputPerMillion: persona.outputPerMillion },
  speed: { firstTokenMs: persona.firstTokenMs, tokensPerSecond: persona.tokensPerSecond },
  simulated: true,
  description: `simulated: ${persona.description}`,
}));

/** The persona behind `sim/NAME` or `NAME`. */
export function findPersona(model: string): Persona | undefined {
  const name = model.startsWith(prefix) ? model.slice(prefix.length) : model;
  return personas.find((persona) => persona.name === name);
}
