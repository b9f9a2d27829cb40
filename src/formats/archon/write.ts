import { type Agent, samplesOf } from '../../domain/agent.ts';
import type { MoaConfig, Stage } from '../../domain/moa-config.ts';
import { roundsOf } from '../../domain/stages/simple-stages.ts';
import { type ForeignOptions, type Loss, mappedNames, type WrittenDocument } from '../format.ts';
import { agentLosses } from '../losses.ts';
import { equal, type JsonRecord } from '../patch.ts';
import { type ArchonTexts, archonTexts, providersByType, shownBy } from './texts.ts';

/** A config as Archon's layers, and what they cannot hold of it. */
export function writeArchon(config: MoaConfig, options: ForeignOptions): WrittenDocument {
  const writer = new LayerWriter(options);
  const layers = config.stages.flatMap((stage, index) => writer.layersOf(stage, `stages[${index}]`));
  return { document: { name: config.name, layers }, losses: writer.losses };
}

class LayerWriter {
  readonly losses: Loss[] = [];
  readonly #options: ForeignOptions;
  readonly #texts: ArchonTexts;
  #critiqued = false;

  constructor(options: ForeignOptions) {
    this.#options = options;
    this.#texts = { ...archonTexts, ...options.texts };
  }

  #lose(at: string, what: string): void {
    this.losses.push({ at, what });
  }

  layersOf(stage: Stage, at: string): JsonRecord[][] {
    switch (stage.kind) {
      case 'propose': {
        // Agents that begin, once, are shown nothing, however that is written.
        const isFirst = at === 'stages[0]' && roundsOf(stage) === 1;
        const agents = stage.agents.map((agent, index) => {
          const { place, none = '' } = agent.references ?? {};
          const seesNone = isFirst && place !== 'user' && none === '';
          return this.#writing(
            seesNone ? { ...agent, references: { place: 'none' } } : agent,
            `${at}.agents[${index}]`,
          );
        });
        this.#critiqued = false;
        return Array.from({ length: roundsOf(stage) }, () => agents);
      }
      case 'fuse': {
        const fuser = this.#writing(stage.agent, `${at}.agent`, true);
        this.#critiqued = false;
        return [[fuser]];
      }
      case 'critique': {
        if (stage.agents.length > 1) this.#lose(`${at}.agents`, 'several critics: Archon has one in a layer');
        const critics = stage.agents
          .slice(0, 1)
          .map((agent) => this.#judging('critic', agent, `${at}.agents[0]`));
        this.#critiqued = true;
        return [critics];
      }
      case 'rank':
        return [[{ ...this.#judging('ranker', stage.agent, `${at}.agent`), top_k: stage.keep }]];
      case 'verify':
        this.#lose(at, 'a verify stage: Archon asks its verifier twice for each answer');
        return [[this.#component('verifier', stage.agent, `${at}.agent`)]];
      default:
        this.#lose(at, `a ${stage.kind} stage, for which Archon has no component`);
        return [];
    }
  }

  #writing(agent: Agent, at: string, fuses = agent.references?.place === 'user'): JsonRecord {
    const { fuser, fuserWithCritiques, fuserWithCritiquesShort, generatorSystem, fuserSystem } = this.#texts;
    if (!fuses) {
      this.#shows(agent, at, [{ place: 'none' }], generatorSystem);
      return { ...this.#component('generator', agent, at), samples: samplesOf(agent) };
    }
    const long = shownBy('fuser', this.#critiqued ? fuserWithCritiques : fuser, this.#critiqued);
    const short = shownBy('fuser', fuserWithCritiquesShort, true);
    const isShort = this.#critiqued && equal(agent.references, short);
    this.#shows(agent, at, this.#critiqued ? [long, short] : [long], fuserSystem);
    const control = isShort ? { length_control: true } : {};
    return { ...this.#component('fuser', agent, at), samples: samplesOf(agent), ...control };
  }

  #judging(type: 'critic' | 'ranker', agent: Agent, at: string): JsonRecord {
    const { critic, criticSystem, ranker, rankerWithCritiques, rankerSystem } = this.#texts;
    const text = type === 'critic' ? critic : this.#critiqued ? rankerWithCritiques : ranker;
    const shown = shownBy(type, text, type === 'ranker' && this.#critiqued);
    this.#shows(agent, at, [shown], type === 'critic' ? criticSystem : rankerSystem);
    if (samplesOf(agent) > 1) this.#lose(`${at}.samples`, `several samples of a ${type}`);
    return { ...this.#component(type, agent, at), samples: 1 };
  }

  /** Archon's components have fixed texts: an agent's own prompt has no place there. */
  #shows(agent: Agent, at: string, forms: readonly unknown[], system: string): void {
    const isOurs = agent.prompt === system || agent.prompt === '';
    if (!isOurs)
      this.#lose(`${at}.prompt`, `the prompt of ${agent.name}: Archon's components have fixed texts`);
    if (!forms.some((form) => equal(form, agent.references))) {
      this.#lose(`${at}.references`, `how ${agent.name} is shown earlier answers`);
    }
  }

  #component(type: string, agent: Agent, at: string): JsonRecord {
    const [mapped] = mappedNames(this.#options, agent.model);
    const provider = agent.model.slice(0, agent.model.indexOf('/'));
    const apiType = Object.entries(providersByType).find(([, name]) => name === provider)?.[0];
    if (apiType === undefined)
      this.#lose(`${at}.model`, `${agent.model}: Archon has no provider ${provider}`);
    this.losses.push(...agentLosses(agent, at));
    if (agent.temperature === undefined)
      this.#lose(`${at}.temperature`, `no temperature of ${agent.name}: Archon wants one`);
    if (agent.maxTokens === undefined)
      this.#lose(`${at}.maxTokens`, `no maxTokens of ${agent.name}: Archon wants some`);
    return {
      type,
      model: mapped ?? agent.model.slice(provider.length + 1),
      model_type: apiType ?? 'OpenAI_API',
      temperature: agent.temperature ?? 0.7,
      max_tokens: agent.maxTokens ?? 2048,
      // A fixed system text can only be left out.
      ...(agent.prompt === '' && type !== 'verifier' ? { no_system: true } : {}),
    };
  }
}
