import type { FrontFile } from '../domain/run-result.ts';
import { frontColumns } from './front-columns.ts';

const groups = ['id', 'objective', 'fact', 'description'] as const;

/** The fields of a line, in order. */
const fields = groups.flatMap((group) =>
  frontColumns.flatMap(({ csv = [], csvGroup = 'fact' }) => (csvGroup === group ? csv : [])),
);

/**
 * The front as CSV (RFC 4180, CRLF): one line per member, unknown values empty. Units: score 0..1,
 * latency in seconds, tokens and usd per question.
 */
export function frontCsv(file: FrontFile): string {
  const head = fields.map(({ name }) => name);
  const lines = file.front.map((member) => fields.map(({ of }) => of(member, file)));
  return [head, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
