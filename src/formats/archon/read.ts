import { isRecord, own } from '../../core/records.ts';
import { type Agent, mostSamples, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig, Stage } from '../../domain/moa-config.ts';
import type { ValuePath } from '../../domain/validation.ts';
import { Fields, listIn, tellNoList } from '../fields.ts';
import type { Findings } from '../findings.ts';
import { type ForeignOptions, mappedModel } from '../format.ts';
import { type ArchonTexts, archonTexts, providersByType, shownBy, unreached } from './texts.ts';

const types = [
  'generator',
  'fuser',
  'critic',
  'ranker',
  'verifier',
  'unit_test_generator',
  'unit_test_evaluator',
] as const;
type ComponentType = (typeof types)[number];

interface Component {
  readonly type: ComponentType;
  readonly fields: Fields;
}

/** An Archon system as a config: a stage for each layer. */
export function readArchon(
  document: unknown,
  findings: Findings,
  options: ForeignOptions,
): MoaConfig | undefined {
  const layers = listIn(document, 'layers');
  if (!isRecord(document) || layers === undefined || layers.length === 0) {
    tellNoList(document, 'layers', findings, 'a list of layers');
    return undefined;
  }
  const root = new Fields(document, [], findings);
  root.tellUnknown(['name', 'custom', 'layers']);
  if (document.custom === true)
    findings.loss(['custom'], 'components of your own', 'the components that Archon comes with');
  const reader = new LayerReader(findings, options);
  for (const [index, layer] of layers.entries()) reader.add(layer, ['layers', index]);
  const stages = reader.end(['layers', layers.length - 1]);
  if (findings.hasFaults) return undefined;
  return { version: 1, name: root.name() ?? 'archon', stages };
}

/** Keys of components: those that are read, and those that Archon does not read either. */
const known = [
  'type',
  'model',
  'model_type',
  'temperature',
  'max_tokens',
  'samples',
  'no_system',
  'length_control',
];
const readBy: Readonly<Partial<Record<ComponentType, readonly string[]>>> = {
  ranker: ['top_k', 'use_critiques'],
  verifier: ['first_k'],
};
/** In many files, and without effect. */
const idle = ['checkpoint', 'top_k', 'ranker_batch_size', 'use_critiques'];

class LayerReader {
  readonly #findings: Findings;
  readonly #options: ForeignOptions;
  readonly #texts: ArchonTexts;
  readonly #stages: Stage[] = [];
  #candidates = 0;
  /** Whether critiques travel along, and whether they are of the answers that travel with them. */
  #critiques: 'none' | 'fresh' | 'stale' = 'none';

  constructor(findings: Findings, options: ForeignOptions) {
    this.#findings = findings;
    this.#options = options;
    this.#texts = { ...archonTexts, ...options.texts };
    if (options.texts === undefined) {
      const whose = 'what the components say is in the program: mixtune’s own words stand in its place';
      findings.note([], `${whose} (--texts gives the originals)`);
    }
  }

  add(layer: unknown, at: ValuePath): void {
    // Older files wrap a layer's list.
    const list = listIn(layer, 'models') ?? layer;
    if (!Array.isArray(list) || list.length === 0) {
      this.#findings.fault(at, list, 'a list of components');
      return;
    }
    const base = list === layer ? at : [...at, 'models'];
    const components = list.flatMap((item: unknown, index) => this.#component(item, [...base, index]));
    if (components.length === list.length) this.#layer(components, at);
  }

  /** The stages, which must end with one answer. */
  end(at: ValuePath): Stage[] {
    if (this.#candidates > 1) {
      const found = `${this.#candidates} answers at the end, of which Archon takes one at random`;
      this.#findings.loss(at, found, 'a last layer with one answer');
      this.#stages.push({ kind: 'vote' });
    }
    return this.#stages;
  }

  #component(item: unknown, at: ValuePath): Component[] {
    if (!isRecord(item)) {
      this.#findings.fault(at, item, 'a component: an object with type, model, temperature and max_tokens');
      return [];
    }
    const type = types.find((name) => name === item.type);
    if (type === undefined) {
      this.#findings.fault([...at, 'type'], item.type, `one of ${types.join(', ')}`);
      return [];
    }
    const fields = new Fields(item, at, this.#findings);
    fields.tellUnknown(
      [...known, ...idle, ...(readBy[type] ?? [])],
      'Archon does not read it either; kept for an export',
    );
    return [{ type, fields }];
  }

  #layer(components: readonly Component[], at: ValuePath): void {
    const kinds = new Set(components.map(({ type }) => type));
    if ([...kinds].every((kind) => kind === 'generator' || kind === 'fuser')) {
      this.#write(components, at);
      return;
    }
    const [only, ...others] = components;
    if (only === undefined || others.length > 0) {
      const found = `${[...kinds].join(' and ')} in one layer`;
      this.#findings.loss(at, found, 'one critic, ranker or verifier in a layer of its own');
    }
    if (only !== undefined) this.#judge(only, at);
  }

  /** Generators never see earlier answers, fusers see all of them; what they write replaces what was there. */
  #write(components: readonly Component[], at: ValuePath): void {
    const fuses = components.some(({ type }) => type === 'fuser');
    if (fuses && this.#candidates === 0) {
      this.#findings.fault(at, 'a fuser first', 'generators before it');
      return;
    }
    if (fuses && this.#critiques === 'stale') this.#staleCritiques(at);
    const agents = components.map(({ type, fields }, index) => {
      const samples = this.#samples(fields);
      const agent = type === 'fuser' ? this.#fuser(fields) : this.#generator(fields);
      return { ...agent, name: `${type} ${index + 1}`, ...(samples === 1 ? {} : { samples }) };
    });
    const [first] = agents;
    if (fuses && first !== undefined && agents.length === 1)
      this.#stages.push({ kind: 'fuse', agent: first });
    else this.#stages.push({ kind: 'propose', agents });
    this.#candidates = totalSamples(agents);
    if (this.#critiques === 'fresh') this.#critiques = 'stale';
  }

  #samples(fields: Fields): number {
    const samples = fields.count('samples') ?? 1;
    if (samples <= mostSamples) return samples;
    this.#findings.loss(fields.atOf('samples'), String(samples), `at most ${mostSamples} samples`);
    return mostSamples;
  }

  #staleCritiques(at: ValuePath): void {
    const found = 'critiques of answers that are gone, which Archon shows beside the new ones';
    this.#findings.loss(at, found, 'a critic right before whoever reads its critiques');
    this.#critiques = 'none';
  }

  #judge({ type, fields }: Component, at: ValuePath): void {
    if (type.startsWith('unit_test')) {
      this.#findings.loss(
        fields.at,
        `a ${type}`,
        'components other than unit tests, which have no counterpart',
      );
      return;
    }
    if (this.#candidates === 0) {
      this.#findings.fault(at, `a ${type} first`, 'generators before it');
      return;
    }
    if (this.#critiques === 'stale' && type !== 'critic') this.#staleCritiques(at);
    if (type === 'critic') this.#critic(fields);
    else if (type === 'ranker') this.#ranker(fields);
    else this.#verifier(fields);
  }

  #critic(fields: Fields): void {
    const samples = fields.count('samples') ?? 1;
    if (samples > 1) {
      this.#findings.loss(
        fields.atOf('samples'),
        `${samples} samples of a critic, of which the first counts`,
        'one sample',
      );
    }
    if (this.#critiques === 'fresh') {
      this.#findings.loss(
        fields.at,
        'a second critic of the same answers, whose critiques replace the first',
        'one critic',
      );
    }
    const { critic, criticSystem } = this.#texts;
    const agent = this.#agent(fields, criticSystem);
    const references = shownBy('critic', critic, false);
    this.#stages.push({ kind: 'critique', agents: [{ ...agent, name: 'critic', references }] });
    this.#critiques = 'fresh';
  }

  #ranker(fields: Fields): void {
    if (fields.text('model') === 'llm-blender/PairRM') {
      this.#findings.loss(
        fields.atOf('model'),
        'the local ranking model PairRM',
        'a ranker with a language model',
      );
      return;
    }
    const keep = fields.count('top_k');
    if (keep === null)
      this.#findings.fault(fields.atOf('top_k'), 'nothing', 'the number of answers that the ranker keeps');
    const critiqued = this.#critiques === 'fresh';
    const { ranker, rankerWithCritiques, rankerSystem } = this.#texts;
    const kept = Math.min(keep ?? 1, this.#candidates);
    const references = shownBy('ranker', critiqued ? rankerWithCritiques : ranker, critiqued);
    const agent = { ...this.#agent(fields, rankerSystem), name: 'ranker', references };
    this.#stages.push({ kind: 'rank', agent, keep: kept });
    this.#candidates = kept;
  }

  #verifier(fields: Fields): void {
    this.#findings.loss(
      fields.at,
      'a verifier, which makes two calls for each answer',
      'components other than verifiers',
    );
    this.#stages.push({ kind: 'verify', agent: { ...this.#agent(fields, ''), name: 'verifier' } });
  }

  #generator(fields: Fields): Omit<Agent, 'name'> {
    return { ...this.#agent(fields, this.#texts.generatorSystem), references: { place: 'none' } };
  }

  #fuser(fields: Fields): Omit<Agent, 'name'> {
    const { fuser, fuserWithCritiques, fuserWithCritiquesShort, fuserSystem } = this.#texts;
    const critiqued = this.#critiques === 'fresh';
    const isShort = fields.flag('length_control');
    const text = critiqued ? (isShort ? fuserWithCritiquesShort : fuserWithCritiques) : fuser;
    return { ...this.#agent(fields, fuserSystem), references: shownBy('fuser', text, critiqued) };
  }

  #agent(fields: Fields, system: string): Omit<Agent, 'name'> {
    const model = fields.text('model');
    const type = fields.text('model_type') ?? '';
    const provider = own(providersByType, type);
    const mapped = mappedModel(this.#options, model ?? '');
    if (model === undefined || model === '')
      this.#findings.fault(fields.atOf('model'), model ?? 'nothing', 'the name of a model');
    if (provider === undefined && mapped === undefined) {
      const expected = `one of ${Object.keys(providersByType).join(', ')}, or the model in --models`;
      this.#findings.fault(fields.atOf('model_type'), type, expected);
    } else if (mapped === undefined && unreached.has(provider ?? '')) {
      this.#findings.note(
        fields.atOf('model_type'),
        `mixtune reaches no provider ${provider}: name another in --models`,
      );
    }
    const temperature = fields.number('temperature', 2, null);
    const maxTokens = fields.count('max_tokens');
    // What is as good as zero is sent to Together as zero.
    const sent = temperature !== null && type === 'Together_API' && temperature <= 1e-4 ? 0 : temperature;
    return {
      model: mapped ?? `${provider ?? 'openai'}/${model ?? 'none'}`,
      prompt: fields.flag('no_system') ? '' : system,
      ...(sent === null ? {} : { temperature: sent }),
      ...(maxTokens === null ? {} : { maxTokens }),
    };
  }
}
