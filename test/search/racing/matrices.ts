import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import type { RacedTrial, RaceWorld } from './race.ts';

const folder = new URL('../../../../shared/data/matrices/', import.meta.url);

/** Recorded answers of real models: right or wrong, what they said, and how long it was. */
export interface AnswerMatrix {
  readonly name: string;
  readonly models: readonly string[];
  /** By item, then model. */
  readonly answers: readonly (readonly RecordedAnswer[])[];
}
interface RecordedAnswer {
  readonly right: boolean;
  readonly answer: string;
  /** Output characters; about four make a token. */
  readonly length: number;
}

/** The models and items that nearly all of them answered; `undefined` where the data are not there. */
export function readMatrix(name: 'zeroeval_gsm' | 'zeroeval_math_l5'): AnswerMatrix | undefined {
  const file = new URL(`${name}.csv.gz`, folder);
  if (!existsSync(file)) return undefined;
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(file)), { columns: true });
  const byModel = new Map<string, Map<string, RecordedAnswer>>();
  for (const { model = '', item_id = '', score, answer_norm = '', output_chars } of rows) {
    const answers = byModel.get(model) ?? new Map<string, RecordedAnswer>();
    byModel.set(model, answers);
    answers.set(item_id, {
      right: score === '1',
      answer: answer_norm,
      length: Math.max(1, Number(output_chars)),
    });
  }
  const most = Math.max(...[...byModel.values()].map((answers) => answers.size));
  const models = [...byModel.keys()].filter((model) => (byModel.get(model)?.size ?? 0) > 0.95 * most);
  const items = [...(byModel.get(models[0] ?? '')?.keys() ?? [])];
  const answers = items.flatMap((item) => {
    const row = models.map((model) => byModel.get(model)?.get(item));
    return row.every((each) => each !== undefined) ? [row] : [];
  });
  return { name, models, answers };
}

/** Single models and majority votes of up to five, on items in a random order; the truth is over all items. */
export function matrixWorld(matrix: AnswerMatrix, count: number, cells: number, seed: number): RaceWorld {
  const rng = createRng(`matrix/${matrix.name}/${seed}`);
  // Output tokens a second, and a price that makes dear models count for more tokens: both are assumed.
  const speeds = matrix.models.map((model) => 30 * 10 ** createRng(`speed/${model}`).next());
  const order = rng.shuffle(matrix.answers);
  const trials = drawEnsembles(matrix.models.length, count, rng).map((members): RacedTrial => {
    const rows = order.map((answers) => measure(answers, members, speeds));
    const truth = [0, 1, 2].map(
      (column) => rows.reduce((sum, row) => sum + (row[column] as number), 0) / rows.length,
    );
    return { truth, cells: rows.slice(0, cells) };
  });
  return { name: matrix.name, trials };
}

/** Every model alone first, as a search begins, then sets of 2 to 5. */
function drawEnsembles(models: number, count: number, rng: Rng): number[][] {
  const all = Array.from({ length: models }, (_, index) => index);
  const singles = rng.shuffle(all).map((model) => [model]);
  const sets = Array.from({ length: Math.max(0, count - models) }, () =>
    rng.shuffle(all).slice(0, 2 + rng.integer(4)),
  );
  return [...singles, ...sets].slice(0, count);
}

function measure(
  answers: readonly RecordedAnswer[],
  members: readonly number[],
  speeds: readonly number[],
): number[] {
  const given = members.map((member) => answers[member] as RecordedAnswer);
  const votes = new Map<string, number>();
  for (const { answer } of given) if (answer !== '') votes.set(answer, (votes.get(answer) ?? 0) + 1);
  const most = Math.max(0, ...votes.values());
  const winner = given.find(({ answer }) => votes.get(answer) === most) ?? given[0];
  const latency = Math.max(
    ...members.map((member, index) => (given[index]?.length ?? 0) / 4 / (speeds[member] ?? 1)),
  );
  const tokens = given.reduce((sum, { length }) => sum + length / 4, 0);
  return [winner?.right ? 1 : 0, -latency, -tokens];
}
