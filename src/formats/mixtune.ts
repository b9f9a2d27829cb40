import { Document, Scalar, visit } from 'yaml';
import type { InputError } from '../core/errors.ts';
import type { Result } from '../core/result.ts';
import { parseYaml } from '../core/yaml.ts';
import { settingNames } from '../domain/agent.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { validateMoaConfig } from '../domain/moa-config-rules.ts';
import { referencesSchema } from '../domain/references.ts';
import { stageSchema } from '../domain/stages/stages.ts';
import { moaConfigSchemaId } from './json-schema.ts';

/**
 * A config from the text of a YAML or JSON file, checked in full; errors name file, line and path.
 * @param source the file's path, for error texts.
 */
export function readMixtune(text: string, source: string): Result<MoaConfig, InputError> {
  const parsed = parseYaml(text, source);
  if (!parsed.ok) return parsed;
  return validateMoaConfig(parsed.value.value, source, parsed.value.lineOf);
}

export interface WriteOptions {
  /** Written as a comment on top, e.g. that the config was tuned on simulated models. */
  readonly comment?: string;
  /** Names the JSON Schema in the first line, for editors. @defaultValue false */
  readonly schema?: boolean;
}

/** A config as YAML that reads back to an equal config; equal configs give equal text. */
export function writeMixtune(config: MoaConfig, { comment, schema = false }: WriteOptions = {}): string {
  const document = new Document(inKeyOrder(config), { aliasDuplicateObjects: false });
  if (comment !== undefined) {
    document.commentBefore = comment
      .split('\n')
      .map((line) => ` ${line}`)
      .join('\n');
  }
  visit(document, {
    Scalar: (key, node) => {
      if (key !== 'key' && typeof node.value === 'string') node.type = styleOf(node.value);
    },
  });
  const head = schema ? `# yaml-language-server: $schema=${moaConfigSchemaId}\n` : '';
  return `${head}${document.toString({ lineWidth: 0 })}`;
}

const keyOrder = [
  ...[
    'version',
    'kind',
    'name',
    'task',
    'description',
    'answer',
    'labels',
    'statement',
    'model',
    'router',
    'agent',
    'agents',
    'rounds',
    'choose',
    'keep',
  ],
  // Whatever else a kind of stage has stands before what is in its agents.
  ...stageSchema.options.flatMap(({ shape }) => Object.keys(shape)),
  ...['prompt', ...settingNames, 'samples', 'passReasoning', 'references'],
  ...Object.keys(referencesSchema.shape),
];

function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([first], [second]) => keyOrder.indexOf(first) - keyOrder.indexOf(second))
      .map(([key, inner]) => [key, inKeyOrder(inner)]),
  );
}

/** Prompts of several lines stay readable; text that a block cannot hold exactly is quoted. */
function styleOf(text: string): Scalar.Type {
  if (/[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text)) return Scalar.QUOTE_DOUBLE;
  // Bidi controls too, which a terminal is shown as escapes, and only in quotes are those read back.
  if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text)) return Scalar.QUOTE_DOUBLE;
  if (!text.includes('\n')) return Scalar.PLAIN;
  return /^\s| \n?$|\n\n$/.test(text) ? Scalar.QUOTE_DOUBLE : Scalar.BLOCK_LITERAL;
}
