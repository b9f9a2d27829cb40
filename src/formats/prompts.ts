import type { InputError } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import { redactUrl } from '../core/redact.ts';
import { ok, type Result } from '../core/result.ts';
import type { ValuePath } from '../domain/validation.ts';
import { readForeign } from './document.ts';
import { listIn, tellNoList } from './fields.ts';
import type { Findings, ImportMode } from './findings.ts';

/** Prompts that another tool has found or tries: seeds for a search. */
export interface ImportedPrompts {
  /** Best first, where the tool says which is. */
  readonly prompts: readonly { readonly name: string; readonly text: string; readonly score?: number }[];
  /** Their field that became the question, where it is one of that name in all of them. */
  readonly variable?: string;
  readonly notes: readonly string[];
}

export interface PromptFormat {
  readonly name: string;
  readonly detects: (document: unknown) => boolean;
  readonly read: (document: unknown, findings: Findings) => Found[];
}

interface Found {
  readonly name: string;
  readonly text: string;
  readonly score?: number;
  readonly at: ValuePath;
  /** Its field that became the question. */
  readonly variable?: string;
}

/** promptfoo's configuration: the texts of `prompts`; its tests are data for `mixtune task import`. */
const promptfoo: PromptFormat = {
  name: 'promptfoo',
  detects: (document) => listIn(document, 'prompts') !== undefined,
  read: (document, findings) => {
    const prompts = listIn(document, 'prompts');
    if (prompts === undefined) {
      tellNoList(document, 'prompts', findings, 'a list of prompts');
      return [];
    }
    noteProviders(document, findings);
    return prompts.flatMap((item, index): Found[] => {
      const at = ['prompts', index];
      const text = isRecord(item) ? (item.raw ?? item.content) : item;
      if (typeof text !== 'string') {
        findings.loss(at, 'a prompt that is no text', 'a text');
        return [];
      }
      if (/^(file|exec|https?|python):|\.(txt|json|yaml|yml|py|js|ts|md|csv|j2)$/.test(text.trim())) {
        findings.loss(at, `the file or program ${text.trim()}`, 'the text itself');
        return [];
      }
      return [
        {
          name: isRecord(item) && typeof item.label === 'string' ? item.label : `prompt ${index + 1}`,
          text,
          at,
        },
      ];
    });
  },
};

/** A search space names no models, and chooses temperatures itself: what the file has of them is told. */
function noteProviders(document: unknown, findings: Findings): void {
  const given = isRecord(document) ? document.providers : undefined;
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  for (const [index, item] of list.entries()) {
    const { id, config } = providerIn(item);
    const settings = Object.keys(config);
    const model = /^openai:(?:chat:)?([^:]+)$/.exec(id)?.[1];
    const { apiBaseUrl } = config;
    const flags = [
      `--models ${model === undefined ? 'provider/model' : `openai/${model}`}`,
      ...(typeof apiBaseUrl === 'string' ? [`--base-url ${redactUrl(apiBaseUrl)}`] : []),
    ];
    findings.note(
      Array.isArray(given) ? ['providers', index] : ['providers'],
      `${id}${settings.length === 0 ? '' : ` with its ${settings.join(', ')}`} is not taken over, since a search space holds no models and tries temperatures of its own: \`tune\` takes ${flags.join(' ')}`,
    );
  }
}

/** `openai:chat:gpt-4o`, `{ id, config }` or `{ 'openai:chat:gpt-4o': { config } }`. */
function providerIn(item: unknown): {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
} {
  if (!isRecord(item)) return { id: String(item), config: {} };
  const [[name, inner] = ['', undefined]] = Object.entries(item);
  const id = typeof item.id === 'string' ? item.id : name;
  const own = typeof item.id === 'string' ? item : isRecord(inner) ? inner : {};
  return { id, config: isRecord(own.config) ? own.config : {} };
}

/** GEPA's `GEPAResult.to_dict()`: candidates (component: text) with their mean scores on the validation set. */
const gepa: PromptFormat = {
  name: 'gepa',
  detects: (document) => listIn(document, 'candidates') !== undefined,
  read: (document, findings) => {
    const candidates = listIn(document, 'candidates');
    if (candidates === undefined) {
      findings.fault([], document, 'an object with candidates');
      return [];
    }
    const scores = listIn(document, 'val_aggregate_scores') ?? [];
    return candidates.flatMap((candidate, index): Found[] => {
      if (!isRecord(candidate)) {
        findings.fault(['candidates', index], candidate, 'an object: texts by component');
        return [];
      }
      const score = scores[index];
      return Object.entries(candidate).flatMap(([component, text]): Found[] => {
        const at = ['candidates', index, component];
        if (typeof text !== 'string') {
          findings.loss(at, 'a component that is no text', 'a text');
          return [];
        }
        const told = typeof score === 'number' && Number.isFinite(score) ? { score } : {};
        return [{ name: `${component} of candidate ${index}`, text, at, ...told }];
      });
    });
  },
};

/** A DSPy program saved as JSON: the instructions of its predictors; demonstrations go behind them. */
const dspy: PromptFormat = {
  name: 'dspy',
  detects: (document) => isRecord(document) && predictorsIn(document).length > 0,
  read: (document, findings) => {
    const predictors = isRecord(document) ? predictorsIn(document) : [];
    if (predictors.length === 0)
      findings.fault([], document, 'a program saved as JSON, with signature.instructions');
    return predictors.map(({ name, instructions, demos, at }) => {
      const shown = demos
        .filter(isRecord)
        .map(exampleText)
        .filter((text) => text !== '');
      const text = [instructions, ...(shown.length === 0 ? [] : [`Examples:\n\n${shown.join('\n\n')}`])].join(
        '\n\n',
      );
      return { name, text, at };
    });
  },
};

interface Predictor {
  readonly name: string;
  readonly instructions: string;
  readonly demos: readonly unknown[];
  readonly at: ValuePath;
}

function predictorsIn(document: Readonly<Record<string, unknown>>): Predictor[] {
  return Object.entries(document).flatMap(([name, value]): Predictor[] => {
    if (!isRecord(value) || !isRecord(value.signature)) return [];
    const { instructions } = value.signature;
    if (typeof instructions !== 'string') return [];
    return [
      {
        name,
        instructions,
        demos: listIn(value, 'demos') ?? [],
        at: [name, 'signature', 'instructions'],
      },
    ];
  });
}

function exampleText(demo: Readonly<Record<string, unknown>>): string {
  return Object.entries(demo)
    .filter(([key, value]) => key !== 'augmented' && (typeof value === 'string' || typeof value === 'number'))
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
}

export const promptFormats: readonly PromptFormat[] = [promptfoo, gepa, dspy];

/** Prompts of another tool's file, each text once. Its own fields (`{{name}}`) become the question where there is one alone. */
export function readPrompts(
  text: string,
  format: PromptFormat,
  source: string,
  mode: ImportMode = 'normal',
): Result<ImportedPrompts, InputError> {
  const found = readForeign(text, source, mode, (document, findings) => {
    const prompts = format.read(document, findings).flatMap((each) => placeholdersOf(each, findings));
    if (prompts.length === 0 && !findings.hasFaults) findings.fault([], document, 'at least one prompt');
    return prompts;
  });
  if (!found.ok) return found;
  const { read, notes } = found.value;
  const best = [...read].sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const seen = new Set<string>();
  const once = best.filter(({ text: own }) => !seen.has(own) && seen.add(own));
  const [variable, ...others] = new Set(read.flatMap((prompt) => prompt.variable ?? []));
  return ok({
    prompts: once.map(({ at: _at, variable: _variable, ...prompt }) => prompt),
    ...(variable === undefined || others.length > 0 ? {} : { variable }),
    notes,
  });
}

function placeholdersOf(found: Found, findings: Findings): Found[] {
  const named = [...found.text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g)];
  const fields = [...new Set(named.flatMap(([, name]) => name ?? []))];
  const [variable] = fields;
  if (variable === undefined) return [found];
  if (fields.length > 1) {
    findings.loss(found.at, `the fields ${fields.join(', ')}`, 'one field, which becomes {{question}}');
    return [];
  }
  return [{ ...found, variable, text: found.text.replace(/\{\{\s*[A-Za-z_]\w*\s*\}\}/g, '{{question}}') }];
}
