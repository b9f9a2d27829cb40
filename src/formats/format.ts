import { own } from '../core/records.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { LineOf } from '../domain/validation.ts';
import type { Findings } from './findings.ts';
import type { JsonRecord } from './patch.ts';

/** What reading and writing go by, beside the document. */
export interface ForeignOptions {
  /** `provider/model` by the other tool's name of a model; names not listed get the tool's own provider. */
  readonly models?: Readonly<Record<string, string>>;
  /** Texts that the other tool has in its program and not in its files, by name (docs/formats.md). */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Our name of the other tool's model, where the map has it. */
export function mappedModel({ models = {} }: ForeignOptions, name: string): string | undefined {
  return own(models, name);
}

/** The other tool's names of our model. */
export function mappedNames({ models = {} }: ForeignOptions, model: string): string[] {
  return Object.keys(models).filter((name) => models[name] === model);
}

/** Another tool's file. */
export interface ForeignText {
  readonly text: string;
  /** The JSON or YAML in it; the text itself where the format is neither. */
  readonly document: unknown;
  readonly lineOf: LineOf;
}

/** What a format cannot hold of a config. */
export interface Loss {
  /** Path in the config. */
  readonly at: string;
  readonly what: string;
}

export interface WrittenDocument {
  /** Data to be written as JSON. */
  readonly document: JsonRecord;
  readonly losses: readonly Loss[];
}

/** A format that holds a system of agents. */
export interface SystemFormat {
  readonly name: string;
  readonly detects: (from: ForeignText) => boolean;
  /** Names of the texts that {@link ForeignOptions.texts} may give. */
  readonly texts: readonly string[];
  /** `undefined` where the findings hold a fault. */
  readonly read: (from: ForeignText, findings: Findings, options: ForeignOptions) => MoaConfig | undefined;
  /** The text is neither JSON nor YAML. */
  readonly isPlainText?: boolean;
  /** Absent: mixtune reads the format only. */
  readonly write?: (config: MoaConfig, options: ForeignOptions) => WrittenDocument;
  /** Mends a changed original: keys that say the same as new ones go. */
  readonly finish?: (document: JsonRecord, original: JsonRecord) => JsonRecord;
}
