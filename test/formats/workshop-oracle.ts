/**
 * The requests that the workshop's program makes, written from its documented rules: every cycle calls all
 * layer agents; earlier answers, numbered from 0, go into the reference prompt, and that into each prompt; then the
 * main agent is called. Nothing of mixtune is used here.
 */
export interface OracleRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly temperature?: number;
  readonly maxTokens?: number;
}

export interface OracleAgent {
  readonly model: string;
  readonly prompt: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
}

export interface OracleSystem {
  readonly main: OracleAgent;
  readonly agents: readonly OracleAgent[];
  readonly cycles: number;
  readonly referencePrompt: string;
}

/** Python's `str.format` with one named field, as far as a valid template goes. */
function format(template: string, field: string, value: string): string {
  let out = '';
  for (let at = 0; at < template.length; at++) {
    if (template.startsWith(`{${field}}`, at)) {
      out += value;
      at += field.length + 1;
    } else if (template.startsWith('{{', at) || template.startsWith('}}', at)) {
      out += template[at];
      at++;
    } else if (template[at] === '{' || template[at] === '}') throw new Error('KeyError');
    else out += template[at];
  }
  return out;
}

export function workshopRequests(
  system: OracleSystem,
  question: string,
  answer: (request: OracleRequest, index: number) => string,
): OracleRequest[] {
  const made: OracleRequest[] = [];
  const call = ({ model, prompt, temperature, maxTokens }: OracleAgent, helper: string): string => {
    const request: OracleRequest = {
      model,
      messages: [
        { role: 'system', content: format(prompt, 'helper_response', helper) },
        { role: 'user', content: question },
      ],
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    };
    made.push(request);
    return answer(request, made.length - 1);
  };
  let helper = '';
  for (let cycle = 0; cycle < system.cycles; cycle++) {
    const responses = system.agents.map((agent) => call(agent, helper));
    let text = '';
    for (const [index, response] of responses.entries()) text += `${index}. ${response}\n`;
    helper = format(system.referencePrompt, 'responses', text);
  }
  call(system.main, helper);
  return made;
}
