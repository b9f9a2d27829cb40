import { InputError } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import { err, ok, type Result } from '../core/result.ts';
import { shellWord } from '../core/shell-word.ts';
import { listIn } from './fields.ts';
import { looksLikeLitellm } from './litellm.ts';
import { promptFormats } from './prompts.ts';
import { detectFormat, openForeign, systemFormats } from './systems.ts';

/** Everything that `mixtune import` reads. */
export const importNames: readonly string[] = [
  ...systemFormats.map(({ name }) => name),
  'litellm',
  ...promptFormats.map(({ name }) => name),
];

/** The name of the format of a list of models or prompts: of a file that holds no system of agents. */
export function detectOther(document: unknown): string | undefined {
  if (looksLikeLitellm(document)) return 'litellm';
  return promptFormats.find((format) => format.detects(document))?.name;
}

/** Whether it is at least meant to be a config. */
function isOwnConfig(document: unknown): boolean {
  const stages = listIn(document, 'stages');
  return stages?.some((stage) => isRecord(stage) && typeof stage.kind === 'string') === true;
}

/** What a text is, by its content. */
export function detectImport(text: string, source: string): Result<string, InputError> {
  const opened = openForeign(text, source);
  if (!opened.ok) return opened;
  const name = detectFormat(opened.value)?.name ?? detectOther(opened.value.document);
  if (name !== undefined) return ok(name);
  if (isOwnConfig(opened.value.document)) {
    const file = shellWord(source);
    const found = `a config of mixtune's own, which every command takes as it is: mixtune ask ${file}, mixtune tune TASK --from ${file}`;
    return err(new InputError(source, { found, expected: "another tool's file" }));
  }
  const expected = `one of the formats ${importNames.join(', ')} (--from names it)`;
  return err(new InputError(source, { found: 'a file in none of these formats', expected }));
}
