import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';

/**
 * Grades an answer by the persistent program `grade.mjs` of a folder and prints the grade; then has nothing more to do,
 * or with `close` closes the grader and says so.
 */
const [taskFolder = '', then] = process.argv.slice(2);
const python = { tier: 'none', run: () => Promise.reject(new Error('unused')), close: async () => undefined };
const spec = { name: 'executable', command: ['node', 'grade.mjs'], persistent: true, timeLimitMs: 60_000 };
const grader = unwrap(createGrader(spec, { python, taskFolder }));
const instance = { id: 'i', input: 'in', gold: 'yes' };
process.stdout.write(JSON.stringify(await grader.grade({ answer: 'yes', question: 'q', instance })));
if (then === 'close') {
  await grader.close?.();
  process.stdout.write('\nclosed');
}
