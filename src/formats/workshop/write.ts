import { defined } from '../../core/defined.ts';
import { type Agent, samplesOf } from '../../domain/agent.ts';
import { agentsOf, type MoaConfig, type StageOf } from '../../domain/moa-config.ts';
import { roundsOf } from '../../domain/stages/simple-stages.ts';
import { type ForeignOptions, type Loss, mappedNames, type WrittenDocument } from '../format.ts';
import { agentLosses } from '../losses.ts';
import { equal } from '../patch.ts';
import { readFormatString, writeFormatString } from './python-format.ts';
import { modelOf, providerOf, type WorkshopShape, workshopReferences, workshopTexts } from './system.ts';

/** The document of a config in the given shape, and what that shape cannot hold of it. */
export function writeWorkshop(
  config: MoaConfig,
  shape: WorkshopShape,
  options: ForeignOptions,
): WrittenDocument {
  const writer = new Writer(shape, options);
  const { propose, fuse } = writer.partsOf(config);
  const shared = writer.introductionOf([...propose.agents, fuse]);
  const cycles = roundsOf(propose);
  const main = writer.agent(fuse, 'stages[1].agent', { shared });
  const agents = writer.separate(propose.agents).map((agent, index) =>
    // In a single cycle layer agents are shown nothing, however that is written.
    writer.agent(agent, `stages[0].agents[${index}]`, { shared, main: fuse, seesNone: cycles === 1 }),
  );
  return { document: writer.document(config.name, { main, agents, cycles, shared }), losses: writer.losses };
}

interface WrittenAgent {
  readonly name: string;
  readonly model: string;
  readonly prompt: string;
  readonly temperature: number | null;
  readonly maxTokens: number | undefined;
}

interface AgentPlace {
  readonly shared: string | undefined;
  /** The main agent, whose settings a layer agent takes over where it has none. */
  readonly main?: Agent;
  readonly seesNone?: boolean;
}

interface WrittenSystem {
  readonly main: WrittenAgent;
  readonly agents: readonly WrittenAgent[];
  readonly cycles: number;
  /** Introduction of all agents that see earlier answers. */
  readonly shared: string | undefined;
}

class Writer {
  readonly losses: Loss[] = [];
  readonly #shape: WorkshopShape;
  readonly #options: ForeignOptions;

  constructor(shape: WorkshopShape, options: ForeignOptions) {
    this.#shape = shape;
    this.#options = options;
  }

  #lose(at: string, what: string): void {
    this.losses.push({ at, what });
  }

  /** The layer agents and the main agent; where stages are lost, the first and the last that write stand for them. */
  partsOf(config: MoaConfig): { propose: StageOf<'propose'>; fuse: Agent } {
    const { stages } = config;
    const [first, second] = stages;
    if (first?.kind === 'propose' && second?.kind === 'fuse' && stages.length === 2) {
      if (samplesOf(second.agent) > 1)
        this.#lose('stages[1].agent.samples', 'several samples of the main agent');
      return { propose: first, fuse: second.agent };
    }
    const kinds = stages.map(({ kind }) => kind).join(', ');
    this.#lose('stages', `the stages ${kinds}: the workshop has a propose stage and a fuse stage`);
    const proposers = stages.flatMap((stage) => (stage.kind === 'propose' ? [stage] : []));
    const fuser = stages.flatMap((stage) => (stage.kind === 'fuse' ? [stage.agent] : [])).at(-1);
    const [some] = agentsOf(config);
    if (some === undefined) throw new Error('writeWorkshop: a config without agents; validate it first');
    const propose = proposers[0] ?? { kind: 'propose', agents: [some] };
    return { propose, fuse: fuser ?? proposers.at(-1)?.agents[0] ?? some };
  }

  /** Several samples of an agent are as many agents; names that come twice get a number. */
  separate(agents: readonly Agent[]): Agent[] {
    const used = new Set<string>();
    return agents.flatMap((agent) =>
      Array.from({ length: samplesOf(agent) }, () => {
        let name = agent.name;
        for (let number = 2; used.has(name); number++) name = `${agent.name} ${number}`;
        used.add(name);
        return { ...agent, name };
      }),
    );
  }

  /** What the agents that see earlier answers read before them; it must be one for all. */
  introductionOf(agents: readonly Agent[]): string | undefined {
    const seeing = agents.filter(({ references }) => references?.place !== 'none');
    const texts = new Set(
      seeing.map(({ references }) => references?.introduction).filter((text) => text !== undefined),
    );
    if (texts.size > 1) this.#lose('stages', 'texts around earlier answers that differ between agents');
    const [first] = texts;
    const shared = first?.replaceAll('{{count}}', '').replaceAll('{{question}}', '');
    if (shared !== first)
      this.#lose('stages', '{{count}} or {{question}} in the text around earlier answers');
    const fixed = this.#textOfProgram();
    if (fixed !== undefined && shared !== undefined && shared !== fixed) {
      this.#lose(
        'stages',
        'the text around earlier answers: this shape has no key for it, and the program shows its own',
      );
    }
    return shared;
  }

  /** What the program writes before earlier answers, where the shape has no key for it. */
  #textOfProgram(): string | undefined {
    if (this.#shape !== 'export') return undefined;
    const text = this.#options.texts?.referenceSystemPrompt ?? workshopTexts.referenceSystemPrompt;
    const reading = readFormatString(text, 'responses', '{{answers}}');
    return reading.kind === 'read' ? reading.text : undefined;
  }

  agent(agent: Agent, at: string, place: AgentPlace): WrittenAgent {
    this.losses.push(...agentLosses(agent, at));
    if (this.#shape === 'export' && agent.maxTokens !== undefined) {
      this.#lose(
        `${at}.maxTokens`,
        `maxTokens of ${agent.name}: this shape has no key for it (--format workshop-flat has)`,
      );
    }
    const { main } = place;
    const hasOwn = this.#shape === 'export' || this.#shape === 'groq';
    if (agent.temperature === undefined && (hasOwn || main?.temperature !== undefined)) {
      this.#lose(`${at}.temperature`, `no temperature of ${agent.name}: the program would send one`);
    }
    if (agent.maxTokens === undefined && main?.maxTokens !== undefined && this.#shape !== 'groq') {
      this.#lose(`${at}.maxTokens`, `no maxTokens of ${agent.name}: the program would send the main agent's`);
    }
    return {
      name: agent.name,
      model: this.#model(agent, at),
      prompt: this.#prompt(agent, at, place),
      temperature: agent.temperature ?? null,
      maxTokens: agent.maxTokens,
    };
  }

  #model({ model, name }: Agent, at: string): string {
    const [mapped] = mappedNames(this.#options, model);
    if (mapped !== undefined) return mapped;
    const provider = providerOf(this.#shape);
    const own = model.slice(model.indexOf('/') + 1);
    if (modelOf(own, this.#shape) !== model) {
      this.#lose(
        `${at}.model`,
        `${model} of ${name}: the program calls ${provider} alone (a name for it in --models helps)`,
      );
    }
    return own;
  }

  #prompt({ prompt, references, name }: Agent, at: string, { shared, seesNone }: AgentPlace): string {
    const others = [...prompt.matchAll(/\{\{(question|critiques|task)\}\}/g)].map(([whole]) => whole);
    for (const other of new Set(others)) this.#lose(`${at}.prompt`, `${other} in the prompt of ${name}`);
    const bare = others.reduce((text, other) => text.replaceAll(other, ''), prompt);
    const isBlind = references?.place === 'none';
    const named = bare.includes('{{references}}');
    if (isBlind || (seesNone === true && !named)) {
      if (named) this.#lose(`${at}.prompt`, `{{references}} in the prompt of ${name}, which is shown none`);
      const blind = bare.replaceAll('{{references}}', '');
      if (this.#shape === 'groq' && seesNone !== true)
        this.#lose(
          `${at}.references`,
          `no earlier answers for ${name}: groq-moa stops without {helper_response}`,
        );
      // In a single cycle the field that groq-moa insists on is filled with nothing: the same is sent.
      const whole = this.#shape === 'groq' ? `${blind}{{references}}` : blind;
      return writeFormatString(whole, 'helper_response', '{{references}}');
    }
    const isOurs =
      seesNone === true
        ? (references?.none ?? '') === ''
        : equal(references, workshopReferences(shared ?? ''));
    if (!isOurs || !named) {
      const how = `how ${name} is shown earlier answers: the workshop numbers them from 0, where the prompt says`;
      this.#lose(`${at}.references`, how);
    }
    const whole = named ? bare : bare === '' ? '{{references}}' : `${bare}\n\n{{references}}`;
    return writeFormatString(whole, 'helper_response', '{{references}}');
  }

  document(name: string, { main, agents, cycles, shared }: WrittenSystem): Readonly<Record<string, unknown>> {
    if (this.#shape === 'export') {
      const described = name === 'workshop' ? {} : { description: name };
      const layer = agents.map(({ name: own, model, temperature, prompt }) => ({
        name: own,
        model,
        temperature: temperature ?? 0.1,
        prompt,
      }));
      const ai = {
        main_model: main.model,
        main_temperature: main.temperature ?? 0.1,
        cycles,
        system_prompt: main.prompt,
      };
      return { ai_configuration: { ...ai, layer_agents: layer }, version: '2.0', ...described };
    }
    const tokens = (count: number | undefined) => defined({ max_tokens: count });
    const own = {
      main_model: main.model,
      cycles,
      temperature: main.temperature,
      ...tokens(main.maxTokens),
      system_prompt: main.prompt,
      ...(shared === undefined
        ? {}
        : { reference_system_prompt: writeFormatString(shared, 'responses', '{{answers}}') }),
    };
    const layer = Object.fromEntries(
      agents.map((agent) => [
        agent.name,
        {
          system_prompt: agent.prompt,
          model_name: agent.model,
          temperature: agent.temperature,
          ...tokens(agent.maxTokens),
        },
      ]),
    );
    // The flat shapes are the program's own arguments: a key that it does not know would stop it.
    if (this.#shape === 'pair') return { main_config: own, layer_config: layer };
    const key = this.#shape === 'groq' ? 'moa_layer_agent_config' : 'layer_agent_config';
    return { ...own, [key]: layer };
  }
}
