/** How the command line ends for an error: see docs/commands.md. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, budgetTooSmall: 3, interrupted: 130 } as const;

/** One fault in a file or option: where it is, what stood there, what should have. */
export interface InputIssue {
  /** Path inside the file, e.g. `stages[0].agents[1].model`; empty for the file as a whole. */
  readonly path: string;
  readonly found?: string | undefined;
  readonly expected: string;
  /** A name that was probably meant, e.g. `temperature` for `temprature`. */
  readonly suggestion?: string | undefined;
  /** 1-based line in the file, where known. */
  readonly line?: number | undefined;
}

/** The only fault that there is; without a path it is one of the file or option as a whole. */
type OnlyIssue = Omit<InputIssue, 'path'> & { readonly path?: string };

/** Base of all errors mixtune raises on purpose; `code` is stable, `exitCode` is the process's. */
export class MixtuneError extends Error {
  readonly code: string;
  readonly exitCode: number;
  constructor(code: string, message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** The user's input (file, option, environment) is at fault: exit 2. */
export class InputError extends MixtuneError {
  readonly source: string;
  readonly issues: readonly InputIssue[];
  /** @param source what holds the fault: a file's path, an option's name (`--space`). */
  constructor(
    source: string,
    issues: OnlyIssue | readonly InputIssue[],
    options: { readonly cause?: unknown } = {},
  ) {
    const list: readonly InputIssue[] = 'expected' in issues ? [{ path: '', ...issues }] : issues;
    super('bad-input', renderIssues(source, list), { exitCode: exitCodes.badInput, ...options });
    this.source = source;
    this.issues = list;
  }
}

/** Most faults told at once. */
const mostIssues = 20;

/** The first faults, and how many more there are. */
export function firstIssues(issues: readonly InputIssue[]): readonly InputIssue[] {
  if (issues.length <= mostIssues) return issues;
  const more = { path: '', found: `${issues.length - mostIssues} more faults`, expected: 'none' };
  return [...issues.slice(0, mostIssues), more];
}

/** The budget does not allow a single evaluation: exit 3. */
export class BudgetTooSmallError extends MixtuneError {
  constructor(message: string) {
    super('budget-too-small', message, { exitCode: exitCodes.budgetTooSmall });
  }
}

/** Message of an unknown thrown value. Never throws: what a program's own functions throw may, when it is read. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something was thrown that cannot be read';
  }
}

/** An unknown thrown value as an error. Never throws. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // Not even its prototype can be asked for.
  }
  return new Error(messageOf(thrown));
}

/** The code of an unknown thrown value, such as `ENOENT` of the file system's errors. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What keeps a program from a file through no fault of its own. */
const diskFaults: ReadonlySet<string> = new Set(
  'EACCES EPERM EROFS ENOSPC EDQUOT EFBIG EIO ENOTDIR EISDIR EEXIST ENOTEMPTY ENAMETOOLONG ELOOP EBUSY EMFILE ENFILE'.split(
    ' ',
  ),
);

/** The same of a file that is open: such errors do not name it. */
const writeFaults: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

/** Whether a file that is open could not be written: a full disk, or one that fails. */
export function isWriteFault(error: unknown): boolean {
  return writeFaults.has(codeOf(error) ?? '');
}

/** The same error of a file's, with the file's name where it has none. */
export function atFile(path: string, error: unknown): unknown {
  if (error instanceof Error && codeOf(error) !== undefined && !('path' in error))
    Object.assign(error, { path });
  return error;
}

/**
 * The line about a file or folder that cannot be used as this machine has it: no permission, a full disk, a file in a
 * folder's place. `undefined` for all else, a bug's errors among them.
 */
export function diskFaultOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) return undefined;
  const path = 'path' in error ? error.path : undefined;
  const [reason = code] = error.message.split(', ');
  if (isWriteFault(error)) {
    const place = typeof path === 'string' ? `${path}: ` : '';
    return `${place}expected a disk that can be written (free it, and try again), found ${reason}`;
  }
  const isFault = diskFaults.has(code) || (code === 'ENOENT' && /, mkdir '/.test(error.message));
  if (!isFault || typeof path !== 'string') return undefined;
  return `${path}: expected a file or folder that can be used, found ${reason}`;
}

function renderIssues(source: string, issues: readonly InputIssue[]): string {
  return issues.map((issue) => renderIssue(source, issue)).join('\n');
}

function renderIssue(source: string, issue: InputIssue): string {
  const place = issue.line === undefined ? source : `${source}:${issue.line}`;
  const at = issue.path === '' ? '' : ` at ${issue.path}`;
  const found = issue.found === undefined ? '' : `, found ${issue.found}`;
  const hint = issue.suggestion === undefined ? '' : ` (did you mean "${issue.suggestion}"?)`;
  return `${place}${at}: expected ${issue.expected}${found}${hint}`;
}
