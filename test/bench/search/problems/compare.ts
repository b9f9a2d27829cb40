/**
 * Evolution against NSGA-II on plain problems, by hypervolume at equal evaluations:
 *   npx tsx test/bench/search/problems/compare.ts [seeds=20] [evaluations=5000] [peers=pymoo-100] [results=/tmp/plain.jsonl] [python=python3]
 * The interpreter must have pymoo (`pymoo-100`: population 100) or optuna (`optuna-50`) for the peers named.
 * Results are appended to the file as they come, and what it holds is not measured again.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../../../src/core/rng.ts';
import { hypervolume, invertedGenerationalDistancePlus, nonDominated } from '../../../../src/pareto/index.ts';
import { quantileOf, wilcoxon } from '../metric.ts';
import { EvolutionSearch } from '../optimizer/evolution-search.ts';
import { realVectors } from '../optimizer/real-vectors.ts';
import { type Problem, problems } from './index.ts';

interface Figures {
  /** Share of the known front's hypervolume, up to a tenth of its extent beyond it. */
  readonly near: number;
  /** The same up to the worst of 1,000 random points. */
  readonly wide: number;
  readonly igdPlus: number;
}
interface Result {
  readonly problem: string;
  readonly method: string;
  readonly seed: number;
  readonly at: number;
  readonly figures: Figures;
}

const checkpoints = [1000, 2500, 5000, 10_000];

async function main(): Promise<void> {
  const [seeds = 20, evaluations = 5000] = [argv[2], argv[3]].flatMap((word) => (word ? [Number(word)] : []));
  const peers = (argv[4] ?? 'pymoo-100').split(',');
  const file = argv[5] ?? '/tmp/plain.jsonl';
  const python = argv[6] ?? 'python3';
  const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const results = known.map((line) => JSON.parse(line) as Result);
  const reached = checkpoints.filter((at) => at <= evaluations);
  for (let seed = 1; seed <= seeds; seed++) {
    for (const problem of problems) {
      const judge = judgeOf(problem);
      for (const method of ['evolution', ...peers]) {
        const isKnown = (at: number) =>
          results.some(
            (each) =>
              each.problem === problem.name && each.method === method && each.seed === seed && each.at === at,
          );
        if (reached.every(isKnown)) continue;
        const values = await (method === 'evolution'
          ? evolve(problem, evaluations, seed)
          : askPeer(method, python, problem, evaluations, seed));
        for (const at of reached) {
          const result = { problem: problem.name, method, seed, at, figures: judge(values.slice(0, at)) };
          results.push(result);
          appendFileSync(file, `${JSON.stringify(result)}\n`);
        }
      }
    }
  }
  stdout.write(`${tableOf(results, reached, peers, seeds)}\n`);
}

function evolve(problem: Problem, evaluations: number, seed: number): number[][] {
  const search = new EvolutionSearch({ variation: realVectors(problem) });
  const rng = createRng(seed);
  return Array.from({ length: evaluations }, (_, number) => {
    const x = search.ask(rng.derive('ask', number));
    if (x === undefined) throw new Error('compare: no new child was found');
    const values = problem.evaluate(x);
    search.tell(x, values);
    return values;
  });
}

/** @param method library and population: `pymoo-100` */
async function askPeer(method: string, python: string, problem: Problem, evaluations: number, seed: number) {
  const [library, population] = method.split('-');
  const script = fileURLToPath(new URL('./nsga2-peer.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { lower, upper, objectives } = problem;
  const send = (value: unknown) => child.stdin.write(`${JSON.stringify(value)}\n`);
  send({ library, seed, population: Number(population), lower, upper, objectives });
  const values: number[][] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const answers = (JSON.parse(line) as number[][]).map((x) => problem.evaluate(x));
    values.push(...answers);
    if (values.length >= evaluations) break;
    send(answers);
  }
  child.stdin.end();
  child.kill();
  if (values.length < evaluations)
    throw new Error(`compare: ${method} ended after ${values.length} evaluations`);
  return values.slice(0, evaluations);
}

/** All that was evaluated counts, not a last population. */
function judgeOf(problem: Problem): (values: readonly number[][]) => Figures {
  const front = problem.front(problem.objectives === 2 ? 2000 : 900);
  const target = problem.front(400);
  const axes = Array.from({ length: problem.objectives }, (_, axis) => axis);
  const ideal = axes.map((axis) => Math.min(...front.map((point) => point[axis] as number)));
  const nadir = axes.map((axis) => Math.max(...front.map((point) => point[axis] as number)));
  const near = axes.map(
    (axis) => (nadir[axis] as number) + 0.1 * ((nadir[axis] as number) - (ideal[axis] as number)),
  );
  const rng = createRng(`wide/${problem.name}`);
  const sample = Array.from({ length: 1000 }, () =>
    problem.evaluate(
      problem.lower.map((low, axis) => low + ((problem.upper[axis] as number) - low) * rng.next()),
    ),
  );
  const wide = axes.map((axis) =>
    Math.max(near[axis] as number, ...sample.map((point) => point[axis] as number)),
  );
  const [fullNear, fullWide] = [hypervolume(front, near), hypervolume(front, wide)];
  return (values) => {
    const found = nonDominated(values, (point) => point);
    return {
      near: hypervolume(found, near) / fullNear,
      wide: hypervolume(found, wide) / fullWide,
      igdPlus: invertedGenerationalDistancePlus(found, target),
    };
  };
}

/** Markdown: medians and quartiles, and the paired Wilcoxon test of evolution against each peer. */
function tableOf(
  results: readonly Result[],
  reached: readonly number[],
  peers: readonly string[],
  seeds: number,
): string {
  const of = (problem: string, method: string, at: number, figure: keyof Figures): number[] =>
    Array.from({ length: seeds }, (_, index) => {
      const found = results.find(
        (each) =>
          each.problem === problem && each.method === method && each.at === at && each.seed === index + 1,
      );
      return found?.figures[figure] ?? Number.NaN;
    });
  const spread = (values: readonly number[]): string => {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantileOf(values, share).toFixed(3));
    return `${middle} [${low}, ${high}]`;
  };
  const lines = [
    `| problem | evaluations | hypervolume up to | evolution | ${peers.map((peer) => `${peer} | p`).join(' | ')} |`,
    `|---|---|---|---|${'---|---|'.repeat(peers.length)}`,
  ];
  for (const { name } of problems) {
    for (const at of reached) {
      for (const figure of ['near', 'wide'] as const) {
        const own = of(name, 'evolution', at, figure);
        const cells = peers.map((peer) => {
          const other = of(name, peer, at, figure);
          return `${spread(other)} | ${wilcoxon(own, other)?.toPrecision(2) ?? '–'}`;
        });
        lines.push(`| ${name} | ${at} | ${figure} | ${spread(own)} | ${cells.join(' | ')} |`);
      }
    }
  }
  return lines.join('\n');
}

await main();
