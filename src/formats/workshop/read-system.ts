import { isRecord } from '../../core/records.ts';
import type { ValuePath } from '../../domain/validation.ts';
import { Fields } from '../fields.ts';
import type { Findings } from '../findings.ts';
import type { ForeignOptions } from '../format.ts';
import type { JsonRecord } from '../patch.ts';
import {
  type WorkshopAgent,
  type WorkshopShape,
  type WorkshopSystem,
  type WorkshopTextName,
  workshopTexts,
} from './system.ts';

/** Of the `flat` shape: other names of keys, of which the last that is there counts, and the key itself before all. */
export const aliases: Readonly<Record<string, readonly string[]>> = {
  main_model: ['model', 'primary_model', 'main'],
  temperature: ['temp'],
  layer_agent_config: ['layers', 'agents'],
  system_prompt: ['prompt', 'system'],
  max_tokens: ['max_length', 'context_length'],
};

const defaultModels = {
  export: 'llama3.3-70b',
  flat: 'llama3.3-70b',
  pair: 'llama3.3-70b',
  groq: 'llama3-70b-8192',
};
const defaultAgentModels = { export: 'llama3.1-8b', groq: 'llama3-8b-8192' };
/** Where a file gives none. */
const defaultTemperature = 0.1;
const groqTemperature = 0.7;

interface Parts {
  readonly main: Fields;
  readonly temperatureKey: string;
  /** Each agent's name with its fields; `undefined` after a fault. */
  readonly agents: readonly { readonly name: string; readonly fields: Fields }[];
  readonly promptKey: string;
  readonly modelKey: string;
}

/** What a workshop file of the given shape says, with the program's defaults filled in. */
export function readSystem(
  document: unknown,
  shape: WorkshopShape,
  findings: Findings,
  { texts = {} }: ForeignOptions,
): WorkshopSystem | undefined {
  const parts = partsOf(document, shape, findings);
  if (parts === undefined) return undefined;
  const { main } = parts;
  const textOf = (name: WorkshopTextName, at: ValuePath): string => {
    if (texts[name] !== undefined) return texts[name];
    const whose = 'the program holds this text and the file does not: mixtune’s own stands in its place';
    findings.note(at, `${whose} (--texts with ${name} gives the original)`);
    return workshopTexts[name];
  };
  const mainAgent: WorkshopAgent = {
    name: 'main',
    model: main.text('main_model') ?? defaultModel(main, 'main_model', defaultModels[shape]),
    temperature: main.number(
      parts.temperatureKey,
      2,
      shape === 'groq' ? groqTemperature : defaultTemperature,
    ),
    maxTokens: shape === 'export' ? null : main.count('max_tokens'),
    prompt: main.text('system_prompt', true) || textOf('systemPrompt', main.atOf('system_prompt')),
    at: main.at,
    promptAt: main.atOf('system_prompt'),
  };
  const agents = parts.agents.map(({ name, fields }) =>
    agentOf(name, fields, { parts, shape, main: mainAgent, textOf }),
  );
  const references = shape === 'export' ? undefined : main.text('reference_system_prompt', true);
  if (shape === 'groq' && references)
    findings.note(
      main.atOf('reference_system_prompt'),
      'groq-moa shows its built-in text whatever stands here; taken to be that text',
    );
  return {
    name: nameIn(document) ?? 'workshop',
    main: mainAgent,
    cycles: main.count('cycles', 16, true) ?? 1,
    agents,
    references: {
      text:
        references ||
        (agents.length === 0 ? '' : textOf('referenceSystemPrompt', main.atOf('reference_system_prompt'))),
      at: main.atOf('reference_system_prompt'),
    },
  };
}

/** The program's own, told: a misspelt key would put another model in the place of the one that is meant. */
function defaultModel(fields: Fields, key: string, model: string): string {
  fields.note(key, `not in the file: the program takes ${model}`);
  return model;
}

function nameIn(document: unknown): string | undefined {
  const text = isRecord(document) ? document.description : undefined;
  return typeof text === 'string' && text !== '' && text.length <= 200 ? text : undefined;
}

interface AgentContext {
  readonly parts: Parts;
  readonly shape: WorkshopShape;
  readonly main: WorkshopAgent;
  readonly textOf: (name: WorkshopTextName, at: ValuePath) => string;
}

function agentOf(name: string, fields: Fields, { parts, shape, main, textOf }: AgentContext): WorkshopAgent {
  const { promptKey, modelKey } = parts;
  const promptAt = fields.atOf(promptKey);
  const ownTexts: Readonly<Record<WorkshopShape, () => string>> = {
    export: () => textOf('agentPrompt', promptAt),
    groq: () => textOf('systemPrompt', promptAt),
    flat: () => main.prompt,
    pair: () => main.prompt,
  };
  const isOwn = shape === 'export' || shape === 'groq';
  const initial = shape === 'groq' ? groqTemperature : isOwn ? defaultTemperature : main.temperature;
  const temperature = fields.number('temperature', 2, initial);
  return {
    name,
    model:
      fields.text(modelKey) ??
      (isOwn ? defaultModel(fields, modelKey, defaultAgentModels[shape]) : main.model),
    // A null falls back to the main agent's where the program does that.
    temperature: temperature === null && !isOwn ? main.temperature : temperature,
    maxTokens:
      shape === 'export' ? null : (fields.count('max_tokens') ?? (shape === 'groq' ? null : main.maxTokens)),
    prompt: fields.text(promptKey) ?? ownTexts[shape](),
    at: fields.at,
    promptAt,
  };
}

function partsOf(document: unknown, shape: WorkshopShape, findings: Findings): Parts | undefined {
  if (!isRecord(document)) {
    findings.fault([], document, 'an object with the settings of a workshop system');
    return undefined;
  }
  if (shape === 'export') {
    const own = recordAt(document, 'ai_configuration', findings);
    if (own === undefined) return undefined;
    const main = new Fields(own, ['ai_configuration'], findings);
    main.tellUnknown(['main_model', 'main_temperature', 'cycles', 'system_prompt', 'layer_agents']);
    new Fields(document, [], findings).tellUnknown([
      'ai_configuration',
      'exported_at',
      'version',
      'description',
    ]);
    const agents = listedAgents(own.layer_agents, main.atOf('layer_agents'), findings);
    return { main, temperatureKey: 'main_temperature', agents, promptKey: 'prompt', modelKey: 'model' };
  }
  const keys = [
    'main_model',
    'system_prompt',
    'cycles',
    'temperature',
    'max_tokens',
    'reference_system_prompt',
  ];
  const base = shape === 'pair' ? ['main_config'] : [];
  const own =
    shape === 'pair' ? recordAt(document, 'main_config', findings) : withoutAliases(document, shape);
  if (own === undefined) return undefined;
  const agentsKey = { flat: 'layer_agent_config', groq: 'moa_layer_agent_config', pair: 'layer_config' }[
    shape
  ];
  const main = new Fields(own, base, findings);
  main.tellUnknown([...keys, agentsKey, 'description']);
  if (shape === 'pair')
    new Fields(document, [], findings).tellUnknown(['main_config', agentsKey, 'description']);
  const agents = namedAgents((shape === 'pair' ? document : own)[agentsKey], [agentsKey], findings);
  return { main, temperatureKey: 'temperature', agents, promptKey: 'system_prompt', modelKey: 'model_name' };
}

function recordAt(from: JsonRecord, key: string, findings: Findings): JsonRecord | undefined {
  const value = from[key];
  if (isRecord(value)) return value;
  findings.fault([key], value, 'an object');
  return undefined;
}

/** The document with every alias under the name that it stands for. */
function withoutAliases(document: JsonRecord, shape: WorkshopShape): JsonRecord {
  if (shape === 'groq') return document;
  const others = new Set(Object.values(aliases).flat());
  const own = Object.entries(document).filter(([key]) => !others.has(key));
  const meant = Object.entries(aliases).flatMap(([key, names]) => {
    const name = names.findLast((alias) => Object.hasOwn(document, alias));
    return name === undefined || Object.hasOwn(document, key) ? [] : [[key, document[name]]];
  });
  return Object.fromEntries([...own, ...meant]);
}

type Listed = Parts['agents'];

/** Agents by name, as the program holds them: a name that comes twice keeps its place and takes the later agent. */
function listedAgents(value: unknown, at: ValuePath, findings: Findings): Listed {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    findings.fault(at, value, 'a list of agents');
    return [];
  }
  const agents = new Map<string, Fields>();
  for (const [index, item] of value.entries()) {
    if (!isRecord(item)) {
      findings.fault([...at, index], item, 'an agent: an object with name, model, temperature and prompt');
      continue;
    }
    const fields = new Fields(item, [...at, index], findings);
    fields.tellUnknown(['name', 'model', 'temperature', 'prompt']);
    const name = fields.name() ?? `agent_${agents.size + 1}`;
    if (agents.has(name))
      findings.note(fields.at, `a second agent named ${name}: the program forgets the first`);
    agents.set(name, fields);
  }
  return [...agents].map(([name, fields]) => ({ name, fields }));
}

function namedAgents(value: unknown, at: ValuePath, findings: Findings): Listed {
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) {
    if (!(Array.isArray(value) && value.length === 0)) findings.fault(at, value, 'an object: agents by name');
    return [];
  }
  return Object.entries(value).flatMap(([name, item]) => {
    if (!isRecord(item)) {
      findings.fault(
        [...at, name],
        item,
        'an agent: an object with system_prompt, model_name and temperature',
      );
      return [];
    }
    const fields = new Fields(item, [...at, name], findings);
    fields.tellUnknown(['system_prompt', 'model_name', 'temperature', 'max_tokens']);
    return [{ name: name === '' ? 'agent' : name, fields }];
  });
}
