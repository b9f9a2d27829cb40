import { withoutByteOrderMark } from '../core/byte-order-mark.ts';
import { InputError } from '../core/errors.ts';
import { parsedJson } from '../core/json.ts';
import { keyPrefix, redact } from '../core/redact.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseYaml, type YamlDocument } from '../core/yaml.ts';
import { formatPath, inputError, type ValuePath } from '../domain/validation.ts';
import { Findings, type ImportMode } from './findings.ts';
import { faultInJson, linesInJson } from './json-places.ts';

/** Longest text of another tool that is read, in bytes. */
const mostBytes = 4 * 1024 * 1024;
const deepest = 64;

/**
 * Another tool's JSON or YAML as plain data. Refused: more than 4 MiB, a key that stands twice in one object,
 * deep nesting, and secrets: what is imported may be written again, and a secret must not be.
 */
export function parseForeign(text: string, source: string): Result<YamlDocument, InputError> {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > mostBytes) return refused(source, `${bytes} bytes`, `at most ${mostBytes} bytes`);
  const parsed = parse(withoutByteOrderMark(text), source);
  if (!parsed.ok) return parsed;
  const secrets = [...secretsIn(parsed.value.value, [])].slice(0, 5);
  if (secrets.length === 0) return parsed;
  const expected = 'no secret in the file: name the variable that holds it (os.environ/NAME) or leave it out';
  const faults = secrets.map((at) => ({ at, found: 'what looks like a secret (not shown)', expected }));
  return err(inputError(source, faults, parsed.value.lineOf));
}

/** {@link parseForeign}, and what is read of it with what is told on the way. */
export function readForeign<Read>(
  text: string,
  source: string,
  mode: ImportMode,
  read: (document: unknown, findings: Findings) => Read,
): Result<{ readonly read: Read; readonly notes: readonly string[] }, InputError> {
  const parsed = parseForeign(text, source);
  if (!parsed.ok) return parsed;
  const findings = new Findings(mode);
  const found = read(parsed.value.value, findings);
  const notes = findings.outcome(source, parsed.value.lineOf);
  return notes.ok ? ok({ read: found, notes: notes.value }) : notes;
}

/** The refusal of a plain text that is too long or holds a secret. */
export function refusedSecret(text: string, source: string): Result<never, InputError> | undefined {
  if (text.length > mostBytes) return refused(source, `${text.length} characters`, `at most ${mostBytes}`);
  return looksSecret(text) ? refused(source, 'what looks like a secret (not shown)', 'no secret') : undefined;
}

function refused(source: string, found: string, expected: string): Result<never, InputError> {
  return err(new InputError(source, { found, expected }));
}

function parse(text: string, source: string): Result<YamlDocument, InputError> {
  const value = parsedJson(text);
  if (value === undefined) return parseYaml(text, source);
  const fault = faultInJson(text, deepest);
  if (fault === undefined) return ok({ value, lineOf: linesInJson(text) });
  const { at, found, line } = fault;
  return err(
    new InputError(source, {
      path: formatPath(at),
      found,
      line,
      expected: 'JSON with each key once, not nested deeply',
    }),
  );
}

const secretKey =
  /^(x-?)?(.*[_-])?(api[_-]?keys?|apikey|secret(_?key)?|access[_-]?token|auth[_-]?token|authorization|password|passwd|private[_-]?key)$/i;
/** A name in place of the secret: `os.environ/NAME`, `${NAME}`, `$NAME`, `env:NAME`, `{{env.NAME}}`. */
const reference = /^(os\.environ\/\w+|\$\{?\w+\}?|env:\w+|\{\{\s*env\.\w+\s*\}\}|none|null|EMPTY)?$/i;

function* secretsIn(value: unknown, at: ValuePath): Generator<ValuePath, void> {
  if (typeof value === 'string') {
    const key = at.at(-1);
    const isNamed = typeof key === 'string' && secretKey.test(key) && !reference.test(value.trim());
    if (isNamed || looksSecret(value)) yield at;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [step, inner] of entries) yield* secretsIn(inner, [...at, step]);
}

/** A key of a provider's; words with hyphens have no digit. */
const longKey = new RegExp(`\\b${keyPrefix}(?=[A-Za-z_-]*\\d)[A-Za-z0-9_-]{16,}`);

/** By its shape alone: `sk-…`, `gsk_…`, a bearer token, a password in a URL. Prose about keys is none. */
function looksSecret(text: string): boolean {
  return longKey.test(text) || (/^\S+$/.test(text) && redact(text) !== text);
}
