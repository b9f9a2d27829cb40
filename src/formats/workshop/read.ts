import type { Agent } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import type { ValuePath } from '../../domain/validation.ts';
import type { Findings } from '../findings.ts';
import { type ForeignOptions, mappedModel } from '../format.ts';
import { looseText, readFormatString } from './python-format.ts';
import { readSystem } from './read-system.ts';
import { modelOf, type WorkshopAgent, type WorkshopShape, workshopReferences } from './system.ts';

/** A workshop system as a config: its layer agents for so many cycles, then its main agent. */
export function readWorkshop(
  document: unknown,
  shape: WorkshopShape,
  findings: Findings,
  options: ForeignOptions,
): MoaConfig | undefined {
  const system = readSystem(document, shape, findings, options);
  if (system === undefined || findings.hasFaults) return undefined;
  const { main, agents, cycles, name } = system;
  const introduction = promptOf(
    system.references.text,
    ['responses', '{{answers}}'],
    system.references.at,
    findings,
  );
  const agentOf = (agent: WorkshopAgent): Agent =>
    configAgent(agent, introduction.text, shape, findings, options);
  if (agents.length === 0) {
    const text = 'no layer agents: the program takes three of its own; imported as the main agent alone';
    findings.note(main.at, text);
    return { version: 1, name, stages: [{ kind: 'propose', agents: [agentOf(main)] }] };
  }
  const rounds = cycles === 1 ? {} : { rounds: cycles };
  return {
    version: 1,
    name,
    stages: [
      { kind: 'propose', agents: agents.map(agentOf), ...rounds },
      { kind: 'fuse', agent: agentOf(main) },
    ],
  };
}

function configAgent(
  agent: WorkshopAgent,
  introduction: string,
  shape: WorkshopShape,
  findings: Findings,
  options: ForeignOptions,
): Agent {
  const { name, model, temperature, maxTokens, promptAt } = agent;
  const { text, fields } = promptOf(agent.prompt, ['helper_response', '{{references}}'], promptAt, findings);
  if (fields === 0) {
    if (shape === 'groq')
      findings.loss(promptAt, 'no {helper_response}', 'the field, without which groq-moa stops');
    findings.note(
      promptAt,
      `${name} has no {helper_response} and never sees earlier answers (references.place: none)`,
    );
  }
  if (text.replaceAll('{{references}}', '').trim() === '') {
    findings.note(
      promptAt,
      `${name} has an empty prompt: the program sends an empty system message, mixtune none`,
    );
  }
  return {
    name,
    model: mappedModel(options, model) ?? modelOf(model, shape),
    prompt: text,
    ...(temperature === null ? {} : { temperature }),
    ...(maxTokens === null ? {} : { maxTokens }),
    references: fields === 0 ? { place: 'none' } : workshopReferences(introduction),
  };
}

/** The text of a template; one on which Python would stop is a loss, and then its braces are text. */
function promptOf(
  template: string,
  [field, placeholder]: readonly [string, string],
  at: ValuePath,
  findings: Findings,
): { readonly text: string; readonly fields: number } {
  const reading = readFormatString(template, field, placeholder);
  if (reading.kind === 'read') return reading;
  findings.loss(at, reading.found, reading.expected);
  const text = looseText(template, field, placeholder);
  return { text, fields: text.split(placeholder).length - 1 };
}
