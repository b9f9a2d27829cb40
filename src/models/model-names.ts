/**
 * Whether two names mean the same model as servers name models: `llama3` and `llama3:latest`, `gpt-4o` and
 * `gpt-4o-2024-08-06`, `gemini-2.0-flash` and `models/gemini-2.0-flash`, `deepseek-r1:free` and `deepseek-r1`.
 */
export function isSameModel(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (a === '' || b === '') return false;
  const [tail, otherTail] = [a.slice(a.lastIndexOf('/') + 1), b.slice(b.lastIndexOf('/') + 1)];
  return isVersionOf(tail, otherTail) || isVersionOf(otherTail, tail);
}

/** Without case, tag and file ending. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/:[^/:]*$/, '')
    .replace(/\.gguf$/, '');
}

/** The name itself, or with a date or a number of a version behind it. */
function isVersionOf(longer: string, name: string): boolean {
  if (!longer.startsWith(name)) return false;
  return /^(?:[-@_.](?:\d{2,8}(?:[-.]\d{2}){0,2}|v\d+(?:\.\d+)*|latest|preview))*$/.test(
    longer.slice(name.length),
  );
}

/** `groq/llama-3.3-70b` → `llama-3.3-70b`; only the provider goes, since names may hold slashes. */
export function serverName(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}
