import { resolve } from 'node:path';
import { z } from 'zod';
import { unwrap } from '../../../core/result.ts';
import { parseYaml } from '../../../core/yaml.ts';
import { parseWith } from '../../../domain/validation.ts';
import type { ForeignOptions } from '../../../formats/format.ts';
import { pythonTexts } from '../../../formats/python-texts.ts';
import { type OptionsOf, text } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import { readInputFile } from '../library.ts';

/** How another tool's files are read and written. */
export const foreignFlags = {
  models: text('<file>', "YAML with provider/model by the other tool's names of models"),
  texts: text('<file>', "YAML with texts that the other tool's program holds, or its prompts.py"),
};

const namedTexts = z.record(z.string(), z.string());

/** What `--models` and `--texts` name. */
export async function foreignOptions(
  context: CliContext,
  { models, texts }: OptionsOf<typeof foreignFlags>,
): Promise<ForeignOptions> {
  return {
    ...(models === undefined ? {} : { models: await readTexts(context, models) }),
    ...(texts === undefined ? {} : { texts: await readTexts(context, texts) }),
  };
}

async function readTexts(context: CliContext, file: string): Promise<Readonly<Record<string, string>>> {
  const content = await readInputFile(resolve(context.cwd, file), file);
  if (file.endsWith('.py')) return pythonTexts(content);
  const { value, lineOf } = unwrap(parseYaml(content, file));
  return unwrap(parseWith(namedTexts, value, file, lineOf));
}
