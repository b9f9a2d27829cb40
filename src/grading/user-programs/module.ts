import { register } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { InputError, messageOf } from '../../core/errors.ts';
import { ownFile } from '../../core/package-files.ts';
import { redact } from '../../core/redact.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Grade, graderFailed } from '../../domain/grade.ts';
import type { GradeRequest, Grader } from '../grader.ts';
import { type GraderKind, parseOptions } from '../grader-kind.ts';
import { fileInside } from './inside-folder.ts';
import { gradeFrom } from './verdict.ts';

const moduleOptions = z.strictObject({
  name: z.literal('module'),
  /** A module of the task's folder whose default export grades: `grade.ts`, `grade.mts`, `grade.js`, `grade.mjs`. */
  path: z.string().min(1),
  /** True when it asks `request.model`: then it waits on the run's clock and its calls are counted. */
  callsModels: z.boolean().default(false),
  /** Wall time for one answer, for modules that wait; one that loops without end cannot be stopped. */
  timeLimitMs: z.int().min(10).max(3_600_000).default(60_000),
});
type ModuleOptions = z.infer<typeof moduleOptions>;

type UserGrade = (request: GradeRequest) => unknown;

/**
 * Asks a function of the user's, in this process: it is trusted as mixtune itself is. What it throws and
 * what is no grade becomes an unscored verdict.
 */
function createModuleGrader(
  options: ModuleOptions,
  taskFolder: string,
  source: string,
): Result<Grader, InputError> {
  const file = fileInside(taskFolder, options.path);
  const isModule = ['.ts', '.mts', '.js', '.mjs'].includes(extname(options.path));
  if ('problem' in file || !isModule) {
    const expected = 'problem' in file ? file.problem : 'a .ts, .mts, .js or .mjs file';
    return err(
      new InputError(source, { path: 'grader.path', found: JSON.stringify(options.path), expected }),
    );
  }
  let loaded: Promise<UserGrade> | null = null;
  const { timeLimitMs } = options;
  return ok({
    name: options.name,
    revision: `module/1 ${JSON.stringify(options)} ${file.digest}`,
    ...(options.callsModels ? { callsModels: true } : {}),
    grade: async (request) => {
      try {
        loaded ??= load(file.path, file.digest);
        const grade = await loaded;
        const verdict = await withinTime(
          async () => grade(request),
          options.callsModels ? null : timeLimitMs,
        );
        return gradeFrom(verdict, `the module ${options.path}`);
      } catch (error) {
        return failure(options.path, error);
      }
    },
  });
}

function failure(path: string, error: unknown): Grade {
  return graderFailed(`the module ${path} failed: ${redact(messageOf(error)).slice(0, 500)}`);
}

let canLoadTypeScript = false;

async function load(path: string, digest: string): Promise<UserGrade> {
  if (/\.m?ts$/.test(path) && !canLoadTypeScript) {
    canLoadTypeScript = true;
    const strips = (process.features as { readonly typescript?: unknown }).typescript;
    if (strips === undefined || strips === false) {
      register(pathToFileURL(ownFile('grading/user-programs/typescript-hook.mjs')));
    }
  }
  // The digest in the address: a file that changed is another module.
  const module: { readonly default?: unknown } = await import(
    `${pathToFileURL(path).href}?${digest.slice(0, 12)}`
  );
  if (typeof module.default === 'function') return module.default as UserGrade;
  const found =
    module.default === undefined
      ? 'no default export'
      : `a default export that is a ${typeof module.default}`;
  throw new Error(`expected a function (request) => grade as default export, found ${found}`);
}

/** `null` for no limit: what waits for models waits on the run's clock, which real time says nothing about. */
async function withinTime<Value>(work: () => Promise<Value>, limitMs: number | null): Promise<Value> {
  if (limitMs === null) return work();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`gave no grade within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export const moduleGrader: GraderKind = {
  name: 'module',
  needsGold: () => false,
  learned: null,
  example: '{ name: module, path: grade.mjs }',
  runsTaskCode: true,
  create: (spec, { taskFolder }, source) => {
    const parsed = parseOptions(moduleOptions, spec, source);
    return parsed.ok ? createModuleGrader(parsed.value, taskFolder, source) : parsed;
  },
};
