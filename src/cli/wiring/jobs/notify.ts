import { spawn } from 'node:child_process';
import { messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Spent } from '../../../domain/budget.ts';
import type { CliContext } from '../../context.ts';
import { isWebhook } from '../../option-values.ts';
import { scrubbedEnv } from '../secrets.ts';
import { withinServer } from '../within-server.ts';

/** `end`: it came to its end; `pause`: stopped with its state saved, `resume` goes on; `failure`: neither. */
export type RunNotice = {
  readonly event: 'end' | 'pause' | 'failure';
  readonly run: string;
  readonly folder: string;
  readonly task: string;
  readonly simulated: boolean;
  /** Why, in words. */
  readonly message: string;
  readonly evaluations?: number;
  readonly bestScore?: number | null;
  /** Of the same config. */
  readonly bestHoldoutScore?: number | null;
  readonly spent?: Spent;
  /** The command that goes on with it. */
  readonly resume?: string;
};

/** Time that a webhook or a command gets, in ms. */
const patience = 15_000;

/**
 * Tells a webhook (POST, JSON) or a shell command (JSON on its stdin, MIXTUNE_EVENT in its environment,
 * which has no keys in it) what became of a run. Never rejects: resolves to what went wrong, if anything.
 * @param keyVariables that hold keys of the run, beside those of providers.
 */
export async function notify(
  target: string,
  notice: RunNotice,
  context: Pick<CliContext, 'env' | 'cwd'>,
  keyVariables: readonly string[] = [],
): Promise<string | undefined> {
  try {
    if (isWebhook(target)) await post(target, notice);
    else await runCommand(target, notice, context.cwd, scrubbedEnv(context.env, keyVariables));
    return undefined;
  } catch (error) {
    return `--notify failed: ${messageOf(error)}`;
  }
}

async function post(url: string, notice: RunNotice): Promise<void> {
  const response = await withinServer(url, fetch, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(notice),
    signal: AbortSignal.timeout(patience),
  });
  await response.body?.cancel();
  const { ok, status } = response;
  const redirect = status >= 300 && status < 400 ? ', a redirect that is not followed' : '';
  if (!ok) throw new Error(`the webhook answered ${status}${redirect}`);
}

function runCommand(
  command: string,
  notice: RunNotice,
  cwd: string,
  env: Record<string, string>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      cwd,
      env: { ...env, MIXTUNE_EVENT: notice.event },
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(code === null ? `the command was ended by ${signal}` : `the command ended with ${code}`),
        );
    });
    // A command need not read what it is told.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${printable(JSON.stringify(notice))}\n`);
  });
}
