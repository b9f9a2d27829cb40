import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseForeign } from './document.ts';
import type { ForeignText } from './format.ts';
import { looksLikeLitellm } from './litellm.ts';
import { promptFormats } from './prompts.ts';
import { systemFormats } from './systems.ts';

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

/** What a text is, by its content. */
export function detectImport(text: string, source: string): Result<string, InputError> {
  const plain: ForeignText = { text, document: text, lineOf: () => undefined };
  const line = systemFormats.find((format) => format.isPlainText === true && format.detects(plain));
  if (line !== undefined) return ok(line.name);
  const parsed = parseForeign(text, source);
  if (!parsed.ok) return parsed;
  const { value: document, lineOf } = parsed.value;
  const system = systemFormats.find((format) => format.detects({ text, document, lineOf }));
  const name = system?.name ?? detectOther(document);
  if (name !== undefined) return ok(name);
  const expected = `one of the formats ${importNames.join(', ')} (--from names it)`;
  return err(new InputError(source, { path: '', found: 'a file in none of these formats', expected }));
}
