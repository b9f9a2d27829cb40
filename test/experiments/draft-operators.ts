/**
 * Which way to choose what is written anew brings better prompts? Prompts of one agent are written one after another in
 * the made-up world of rules-world.ts, with nothing around them: each draft is measured on all tuning questions, and
 * what the best by those is truly worth is computed. Parents as the search draws them, by instances, and merges, alone
 * and together.
 *
 *   npx tsx test/experiments/draft-operators.ts [drafts] [seeds]
 */
import process from 'node:process';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { estimatesOf } from '../../src/domain/estimates.ts';
import { agentsOf, configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { ParentPool } from '../../src/search/parent-pool.ts';
import type { TrialReport } from '../../src/search/strategy.ts';
import type { DraftOperator } from '../../src/search/writing/draft.ts';
import { betterOn, InstanceScores, meansByInstance } from '../../src/search/writing/instance-scores.ts';
import { drawMerge } from '../../src/search/writing/merge.ts';
import { wilcoxon } from '../bench/search/metric.ts';
import { chanceOf, createRulesWorld, rulesIn, writtenRules } from './rules-world.ts';

const model = 'sim/large';
const casesShown = 3;

const configOf = (prompt: string): MoaConfig => ({
  version: 1,
  name: 'one agent',
  stages: [{ kind: 'propose', agents: [{ name: 'agent', model, prompt }] }],
});
const promptOf = (config: MoaConfig): string => agentsOf(config)[0]?.prompt ?? '';

function play(operators: readonly DraftOperator[], drafts: number, seed: number): number {
  const { task } = createRulesWorld(seed);
  const pool = new ParentPool(['score', 'tokens']);
  const scores = new InstanceScores();
  const reports = new Map<string, TrialReport>();
  const measure = (config: MoaConfig, rng: Rng): void => {
    const prompt = promptOf(config);
    const cells = task.tuning.map(({ id, input }) => {
      const score = rng.next() < chanceOf(model, prompt, input) ? 1 : 0;
      return {
        key: `tuning/0/${id}`,
        measurement: { score, latency: 1, tokens: 150 + prompt.length / 4, usd: null },
      };
    });
    const report: TrialReport = {
      ...{
        id: configId(config),
        config,
        origin: { operator: 'written', parents: [] },
        status: 'finished',
        cells,
      },
      estimates: estimatesOf(cells.map(({ measurement }) => measurement)),
    };
    reports.set(report.id, report);
    pool.add(report);
    scores.tell(report);
  };
  const failing = (id: string, rng: Rng, among?: ReadonlySet<string>): string[] => {
    const lost = [...meansByInstance(reports.get(id)?.cells ?? [])].filter(
      ([name, score]) => score < 1 && among?.has(name) !== false,
    );
    const shown = rng.shuffle(lost.map(([name]) => name)).slice(0, casesShown);
    return shown.map((name) => task.tuning.find((each) => each.id === name)?.input ?? '');
  };
  const rng = createRng(`operators/${seed}`);
  for (const prompt of ['Answer.', 'Answer with care.', 'Think, then answer.'])
    measure(configOf(prompt), rng.derive(prompt));
  for (let draft = 0; draft < drafts; draft++) {
    const stream = rng.derive('draft', draft);
    const merge =
      stream.pick(operators) === 'merge-prompts' ? drawMerge(scores, () => true, stream) : undefined;
    const byInstance =
      operators.includes('reflect-by-instance') &&
      (!operators.includes('reflect-prompt') || stream.next() < 0.5);
    const parent =
      merge?.parent ?? (byInstance ? scores.draw(stream) : undefined)?.id ?? pool.draw(stream)?.id ?? '';
    const other = merge?.other.parent;
    const meansOf = (id: string) => meansByInstance(reports.get(id)?.cells ?? []);
    const cases =
      other === undefined
        ? failing(parent, stream)
        : [
            ...failing(parent, stream, betterOn(meansOf(other), meansOf(parent))),
            ...failing(other, stream, betterOn(meansOf(parent), meansOf(other))),
          ];
    const old = [parent, ...(other === undefined ? [] : [other])].map((id) => reports.get(id)?.config);
    const told = writtenRules(
      old.flatMap((config) => (config ? rulesIn(promptOf(config)) : [])),
      cases.flatMap(rulesIn),
      stream,
    );
    const config = configOf(`Answer. Keep ${told.join(', ')}.`);
    // A prompt that is known already is rejected.
    if (!reports.has(configId(config))) measure(config, stream.derive('measure'));
  }
  const [best] = [...reports.values()].sort(
    (a, b) => (b.estimates.score.mean ?? 0) - (a.estimates.score.mean ?? 0),
  );
  const prompt = best === undefined ? '' : promptOf(best.config);
  const truths = task.holdout.map(({ input }) => chanceOf(model, prompt, input));
  return truths.reduce((sum, truth) => sum + truth, 0) / truths.length;
}

const [drafts = '20', seeds = '200'] = process.argv.slice(2);
const sets: readonly (readonly DraftOperator[])[] = [
  ['reflect-prompt'],
  ['reflect-by-instance'],
  ['reflect-prompt', 'reflect-by-instance'],
  ['reflect-prompt', 'merge-prompts'],
  ['reflect-by-instance', 'merge-prompts'],
  ['reflect-prompt', 'reflect-by-instance', 'merge-prompts'],
];
let plain: number[] | undefined;
for (const operators of sets) {
  const found = Array.from({ length: Number(seeds) }, (_, seed) => play(operators, Number(drafts), seed));
  plain ??= found;
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  process.stdout.write(
    `${drafts} drafts, ${operators.join(' + ')}: ${mean.toFixed(4)}, p against the first ${wilcoxon(found, plain)?.toFixed(4) ?? '–'}\n`,
  );
}
