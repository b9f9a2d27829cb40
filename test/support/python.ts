import type { PythonSandbox } from '../../src/grading/grader.ts';
import { createPythonSandbox } from '../../src/grading/sandbox/index.ts';
import { thorough } from './thorough.ts';

/**
 * For tests that want programs run, not the sandbox itself tried: the files of a worker of the tests share it,
 * since starting Python takes most of a second, and each job starts from the same memory. Nobody closes it:
 * it ends with the worker.
 */
export const python: PythonSandbox = await createPythonSandbox(thorough ? {} : { workers: 1 });
