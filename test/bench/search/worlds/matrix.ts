import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { unwrap } from '../../../../src/core/result.ts';
import { createRng } from '../../../../src/core/rng.ts';
import type { Cell } from '../../../../src/domain/cell.ts';
import { agentsOf, type ConfigId, type MoaConfig } from '../../../../src/domain/moa-config.ts';
import type { Measurement, ObjectiveName } from '../../../../src/domain/objective.ts';
import type { SearchSpace } from '../../../../src/search/space.ts';
import { parseSearchSpace, settleSpace } from '../../../../src/search/space-file.ts';
import type { MeasuringOptions, Paid, Truth, World, WorldRun } from './world.ts';

const folder = fileURLToPath(new URL('../../../../../shared/data/matrices', import.meta.url));
const sets = ['zeroeval_gsm', 'zeroeval_math_l5'] as const;

/** Worlds of recorded answers of real models, where `../shared/data` is at hand. */
export function matrixWorlds(): MatrixWorld[] {
  return sets.flatMap((set) => {
    const file = `${folder}/${set}.csv.gz`;
    return existsSync(file) ? [new MatrixWorld(set, file)] : [];
  });
}

interface Answer {
  readonly right: boolean;
  readonly text: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly usd: number;
}

interface Row {
  readonly model: string;
  readonly item_id: string;
  readonly score: string;
  readonly output_chars: string;
  readonly answer_norm: string;
}

/** Assumed for every question: the recordings hold no prompt lengths. */
const inputTokens = 100;
const charactersPerToken = 4;
const secondsToFirstToken = 0.4;

/**
 * Dollars for a million output tokens (a fifth of it for input) and tokens per second, by the first pattern that a
 * model's name matches. Rounded list prices and speeds of the models' time; hidden reasoning is not counted, as
 * the recordings do not show it. They place models apart from each other as real ones are: no more is meant.
 */
const priceTable: readonly (readonly [RegExp, number, number])[] = [
  [/o1-preview/, 60, 80],
  [/o1-mini/, 12, 150],
  [/opus/, 75, 25],
  [/sonnet/, 15, 60],
  [/3-5-haiku/, 4, 65],
  [/haiku/, 1.25, 110],
  [/gpt-4o-mini/, 0.6, 90],
  [/gpt-4o/, 10, 80],
  [/gpt-4-turbo/, 30, 30],
  [/gpt-4-/, 60, 20],
  [/gpt-3\.5/, 1.5, 100],
  [/gemini.*pro/, 5, 60],
  [/gemini.*flash/, 0.3, 150],
  [/grok/, 10, 60],
  [/405B/, 3, 30],
  [/7[02]B/, 0.9, 60],
  [/Mistral-Large/, 6, 40],
  [/Mixtral/, 0.6, 90],
  [/deepseek/, 0.28, 30],
  [/reka-core/, 10, 30],
  [/reka-flash/, 0.8, 80],
  [/yi-large/, 3, 50],
  [/command-r-plus/, 10, 50],
  [/command-r/, 1.5, 60],
  [/3[24]B|27b/, 0.8, 50],
  [/Nemo|[789]b|[789]B/, 0.2, 100],
  [/[234]b|[234]B|mini/, 0.1, 150],
];

/**
 * Ensembles of 1 to 5 models with a majority vote, scored exactly by what each model really answered. One half of
 * the items is for tuning, the other is the holdout, which alone judges. Answers are fixed: there are no repeats.
 */
export class MatrixWorld implements World {
  readonly name: string;
  readonly description: string;
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[] = ['score', 'latency', 'usd'];
  readonly #tuning: readonly string[];
  readonly #holdout: readonly string[];
  /** By item, then model. */
  readonly #answers: ReadonlyMap<string, ReadonlyMap<string, Answer>>;
  readonly #truths = new Map<ConfigId, Truth>();

  constructor(set: string, file: string) {
    const rows = parse(gunzipSync(readFileSync(file)), { columns: true }) as Row[];
    const items = [...new Set(rows.map((row) => row.item_id))];
    const counts = new Map<string, number>();
    for (const { model } of rows) counts.set(model, (counts.get(model) ?? 0) + 1);
    const models = [...counts].filter(([, count]) => count === items.length).map(([model]) => model);
    const answers = new Map(items.map((item) => [item, new Map<string, Answer>()]));
    for (const row of rows) answers.get(row.item_id)?.set(`real/${row.model}`, answerOf(row));
    this.#answers = answers;
    const drawn = createRng(`${set}/split`).shuffle(items);
    this.#tuning = drawn.slice(0, Math.floor(items.length / 2));
    this.#holdout = drawn.slice(Math.floor(items.length / 2));
    this.name = set.replaceAll('_', '-');
    this.description = `real answers of ${models.length} models, votes of up to 5; tuned on ${this.#tuning.length} items, judged on ${this.#holdout.length} others`;
    const space = {
      version: 1,
      name: this.name,
      temperatures: [0],
      agents: { min: 1, max: 5 },
      stages: { kinds: ['vote'], max: 1 },
      prompts: { single: ['Answer the question.'] },
    };
    this.space = settleSpace(
      unwrap(parseSearchSpace(space, this.name)),
      models.map((model) => `real/${model}`),
    );
  }

  start(_seed: number, options: MeasuringOptions = {}): WorldRun {
    const paid = new Set<string>();
    const cells = this.#tuning.map((instance): Cell => ({ split: 'tuning', instance, repeat: 0 }));
    return {
      cells,
      searchCells: cells.length,
      measure: (config, { instance }): Paid => {
        let paidTokens = 0;
        const measurement = this.#vote(config, instance, (model, answer) => {
          const key = `${model}/${instance}`;
          if (options.sharing !== false && paid.has(key)) return;
          paid.add(key);
          paidTokens += answer.tokens;
        });
        return { measurement, paidTokens };
      },
    };
  }

  truth(config: MoaConfig, id: ConfigId): Truth {
    const known = this.#truths.get(id);
    if (known !== undefined) return known;
    const sum = { score: 0, latency: 0, tokens: 0, usd: 0 };
    for (const item of this.#holdout) {
      const measured = this.#vote(config, item, () => {});
      for (const name of ['score', 'latency', 'tokens', 'usd'] as const)
        sum[name] += measured[name] as number;
    }
    const count = this.#holdout.length;
    const truth = {
      score: sum.score / count,
      latency: sum.latency / count,
      tokens: sum.tokens / count,
      usd: sum.usd / count,
    };
    this.#truths.set(id, truth);
    return truth;
  }

  /** Ties go to the answer that comes first in the config. */
  #vote(config: MoaConfig, item: string, paying: (model: string, answer: Answer) => void): Measurement {
    const byModel = this.#answers.get(item);
    const counts = new Map<string, number>();
    let latency = 0;
    let tokens = 0;
    let usd = 0;
    const answers: Answer[] = [];
    for (const { model } of agentsOf(config)) {
      const answer = byModel?.get(model);
      if (answer === undefined) throw new Error(`${this.name}: no answer of ${model} to ${item}`);
      paying(model, answer);
      answers.push(answer);
      counts.set(answer.text, (counts.get(answer.text) ?? 0) + 1);
      latency = Math.max(latency, answer.seconds);
      tokens += answer.tokens;
      usd += answer.usd;
    }
    const most = Math.max(...counts.values());
    const elected = answers.find((answer) => counts.get(answer.text) === most);
    return { score: elected?.right === true ? 1 : 0, latency, tokens, usd };
  }
}

function answerOf({ model, score, output_chars, answer_norm }: Row): Answer {
  const found = priceTable.find(([pattern]) => pattern.test(model));
  if (found === undefined) throw new Error(`matrix: no price of ${model}`);
  const [, price, speed] = found;
  const output = Math.max(1, Math.ceil(Number(output_chars) / charactersPerToken));
  return {
    right: Number(score) === 1,
    // No answer agrees with nobody.
    text: answer_norm === '' ? `none of ${model}` : answer_norm,
    tokens: inputTokens + output,
    seconds: secondsToFirstToken + output / speed,
    usd: (price * (output + inputTokens / 5)) / 1e6,
  };
}
