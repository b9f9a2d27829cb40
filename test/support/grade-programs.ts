import { readFileSync } from 'node:fs';
import { createPythonSandbox } from '../../src/grading/sandbox/index.ts';
import { createUserMetricsGrader, userMetricsOptions } from '../../src/grading/user-metrics-120/index.ts';

/** Grades a JSON list of answers to the code challenge from stdin, all at once, and prints the grades. */
const answers = JSON.parse(readFileSync(0, 'utf8')) as string[];
const python = await createPythonSandbox({ workers: 2 });
const grader = createUserMetricsGrader(userMetricsOptions.parse({ name: 'user-metrics-120' }), python);
const instance = { id: 'a', input: '' };
const grades = await Promise.all(answers.map((answer) => grader.grade({ answer, instance, question: '' })));
await python.close();
process.stdout.write(JSON.stringify(grades));
