import type { Instance } from '../../../src/domain/task.ts';
import { type GeneratedTask, numberedId, taskRng } from '../shipped-task.ts';
import { algebra } from './algebra.ts';
import { combinatorics } from './combinatorics.ts';
import { geometry } from './geometry.ts';
import { numberTheory } from './number-theory.ts';
import { probability } from './probability.ts';
import { sequences } from './sequences.ts';
import type { Problem, Template } from './template.ts';

export const templates: readonly Template[] = [
  ...numberTheory,
  ...combinatorics,
  ...algebra,
  ...geometry,
  ...probability,
  ...sequences,
];

const problemsPerTemplate = 4;
/** Draws after which a template is held to be exhausted. */
const mostDraws = 500;

/** Competition-style problems with whole answers, each answer found in two ways. */
export const contestMath: GeneratedTask = {
  name: 'contest-math',
  generate: () =>
    templates.flatMap((template) =>
      problemsOf(template).map(
        (problem, index): Instance => ({
          id: numberedId(template.name, index),
          input: problem.question,
          gold: String(problem.answer),
          label: template.difficulty,
        }),
      ),
    ),
};

function problemsOf(template: Template): Problem[] {
  const rng = taskRng('contest-math').derive(template.name);
  const problems: Problem[] = [];
  for (let draw = 0; problems.length < problemsPerTemplate; draw++) {
    if (draw === mostDraws) throw new Error(`${template.name}: too few different problems`);
    const problem = template.make(rng.derive(draw));
    if (problem === undefined || problem.answer < 2 || problem.answer > 1e9) continue;
    if (problems.some(({ question, answer }) => question === problem.question || answer === problem.answer))
      continue;
    const checked = problem.check();
    if (checked !== problem.answer) {
      throw new Error(`${template.name}: found ${problem.answer} and ${checked} for: ${problem.question}`);
    }
    problems.push(problem);
  }
  return problems;
}
