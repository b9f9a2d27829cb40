import type { InputError } from '../core/errors.ts';
import { isRecord, own } from '../core/records.ts';
import { ok, type Result } from '../core/result.ts';
import { readForeign } from './document.ts';
import { Fields, listIn, tellNoList } from './fields.ts';
import type { Findings, ImportMode } from './findings.ts';

/** A model of another tool's list, as mixtune reaches it. */
export interface ImportedModel {
  /** The list's own name; several models of one name are a pool. */
  readonly name: string;
  /** `provider/model` */
  readonly model: string;
  /** Where it is served, where the list says so: for `--base-url`. */
  readonly baseUrl?: string;
  /** NAME of the variable that holds the key. */
  readonly apiKeyEnv?: string;
  /** Requests and tokens per minute. */
  readonly rpm?: number;
  readonly tpm?: number;
  /** US dollars per million tokens. */
  readonly price?: { readonly input: number; readonly output: number; readonly cachedInput?: number };
}

export interface ImportedModels {
  readonly models: readonly ImportedModel[];
  readonly notes: readonly string[];
}

/** LiteLLM's providers that mixtune reaches, by the beginning of a model's name. */
const providers: Readonly<Record<string, string>> = {
  openai: 'openai',
  groq: 'groq',
  cerebras: 'cerebras',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  sambanova: 'sambanova',
  openrouter: 'openrouter',
  ollama: 'ollama',
  ollama_chat: 'ollama',
  hosted_vllm: 'vllm',
  vllm: 'vllm',
};
/** Others that LiteLLM knows; a name without any of these is OpenAI's. */
const others = [
  'azure',
  'anthropic',
  'bedrock',
  'vertex_ai',
  'gemini',
  'mistral',
  'cohere',
  'huggingface',
  'deepseek',
  'xai',
  'replicate',
  'databricks',
  'sagemaker',
  'watsonx',
  'perplexity',
  'nvidia_nim',
  'azure_ai',
  'text-completion-openai',
  'lm_studio',
  'deepinfra',
  'github',
  'litellm_proxy',
];

export const looksLikeLitellm = (document: unknown): boolean => listIn(document, 'model_list') !== undefined;

/** The models, endpoints, limits and prices of a LiteLLM configuration. Keys are named by their variables and never read. */
export function readLitellm(
  text: string,
  source: string,
  mode: ImportMode = 'normal',
): Result<ImportedModels, InputError> {
  const found = readForeign(text, source, mode, modelsIn);
  return found.ok ? ok({ models: found.value.read, notes: found.value.notes }) : found;
}

function modelsIn(document: unknown, findings: Findings): ImportedModel[] {
  const list = listIn(document, 'model_list');
  if (list === undefined) {
    tellNoList(document, 'model_list', findings, 'a list of models');
    return [];
  }
  const models = list.flatMap((item, index) => modelOf(item, index, findings));
  if (models.length === 0 && !findings.hasFaults)
    findings.fault(['model_list'], list, 'a model that mixtune reaches');
  const names = new Set<string>();
  for (const { name } of models) {
    if (names.has(name))
      findings.note(
        ['model_list'],
        `several entries named ${name} are a pool: here each model counts by itself`,
      );
    names.add(name);
  }
  return models;
}

function modelOf(item: unknown, index: number, findings: Findings): ImportedModel[] {
  const at = ['model_list', index];
  if (!isRecord(item) || !isRecord(item.litellm_params)) {
    findings.fault(
      isRecord(item) ? [...at, 'litellm_params'] : at,
      item,
      'an entry with model_name and litellm_params',
    );
    return [];
  }
  const params = new Fields(item.litellm_params, [...at, 'litellm_params'], findings);
  const info = new Fields(isRecord(item.model_info) ? item.model_info : {}, [...at, 'model_info'], findings);
  const full = params.text('model');
  if (full === undefined || full === '') {
    findings.fault(params.atOf('model'), full ?? 'nothing', 'provider/model');
    return [];
  }
  if (full.includes('*')) {
    findings.note(params.atOf('model'), `${full} stands for many models: name those that you mean`);
    return [];
  }
  const baseUrl = params.text('api_base', true);
  const [prefix = '', ...rest] = full.split('/');
  const known = rest.length > 0 ? own(providers, prefix) : undefined;
  if (known === undefined && others.includes(prefix) && rest.length > 0) {
    findings.loss(params.atOf('model'), full, 'a provider that mixtune reaches');
    return [];
  }
  const name = known === undefined ? full : rest.join('/');
  return [
    {
      name: new Fields(item, at, findings).text('model_name') ?? full,
      model: `${baseUrl === undefined ? (known ?? 'openai') : 'openai'}/${name}`,
      ...(baseUrl === undefined ? {} : { baseUrl: named(baseUrl) }),
      ...keyOf(params.text('api_key', true)),
      ...limits(params),
      ...priceOf(params, info, findings),
    },
  ];
}

/** A name of a variable stays one. */
const named = (text: string): string => text.replace(/^os\.environ\/(\w+)$/, '$$$1');

/** Only names come this far: a literal key has been refused. */
function keyOf(key: string | undefined): Pick<ImportedModel, 'apiKeyEnv'> {
  const name = /^os\.environ\/(\w+)$/.exec(key ?? '')?.[1] ?? /^\$\{?(\w+)\}?$/.exec(key ?? '')?.[1];
  return name === undefined ? {} : { apiKeyEnv: name };
}

function limits(params: Fields): Pick<ImportedModel, 'rpm' | 'tpm'> {
  const [rpm, tpm] = [params.count('rpm'), params.count('tpm')];
  return { ...(rpm === null ? {} : { rpm }), ...(tpm === null ? {} : { tpm }) };
}

function priceOf(params: Fields, info: Fields, findings: Findings): Pick<ImportedModel, 'price'> {
  const perToken = (key: string): number | null => info.number(key, 1, null) ?? params.number(key, 1, null);
  const [input, output, cached] = [
    perToken('input_cost_per_token'),
    perToken('output_cost_per_token'),
    perToken('cache_read_input_token_cost'),
  ];
  if (input === null && output === null) return {};
  if (input === null || output === null) {
    findings.note(
      info.atOf('input_cost_per_token'),
      'only one of the two prices is given: the model stays unpriced',
    );
    return {};
  }
  const million = (value: number): number => Number((value * 1e6).toPrecision(12));
  return {
    price: {
      input: million(input),
      output: million(output),
      ...(cached === null ? {} : { cachedInput: million(cached) }),
    },
  };
}
