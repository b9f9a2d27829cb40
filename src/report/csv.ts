import type { FrontFile } from '../domain/run-result.ts';
import { describeConfig } from './describe.ts';

const names = ['score', 'latency', 'tokens', 'usd'] as const;
const bounds = ['mean', 'low', 'high'] as const;

/**
 * The front as CSV (RFC 4180, CRLF): one line per member, unknown values empty. Units: score 0..1,
 * latency in seconds, tokens and usd per question.
 */
export function frontCsv(file: FrontFile): string {
  const columns = names.flatMap((name) => bounds.map((bound) => ({ name, bound })));
  const head = [
    'id',
    ...columns.map(({ name, bound }) => (bound === 'mean' ? name : `${name}_${bound}`)),
    'holdout_score',
    'cells',
    'simulated',
    'config',
  ];
  const lines = file.front.map((member) => [
    member.id,
    ...columns.map(({ name, bound }) => member.objectives[name][bound]),
    member.holdout?.score.mean ?? null,
    member.cells,
    file.simulated,
    describeConfig(member.config),
  ]);
  return [head, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number | boolean | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
