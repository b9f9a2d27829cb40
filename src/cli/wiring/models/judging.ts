import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { providersWithKey } from '../../../models/providers.ts';
import { type OptionsOf, text } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import { endpointFlags } from '../../flags.ts';
import { changedTask, judgesOf, type OpenTask } from '../tasks/tasks.ts';
import { type Callers, openCallers } from './callers.ts';

/** For commands that grade and call no other model. */
export const judgingFlags = {
  ...endpointFlags,
  judge: text('<model>', "model that judges (default: the task's), or that its program asks"),
};

export interface Judging {
  /** With the judge that the command line names. */
  readonly opened: OpenTask;
  /** The judging models that are known by name. */
  readonly judges: readonly string[];
  readonly callers: Callers;
}

/**
 * A task with the models that its grader asks. Those that only a program of the task knows are looked for at the base
 * URL, and at providers whose keys are there.
 * @throws InputError where nothing says how they are reached
 */
export async function openJudging(
  context: CliContext,
  whole: OpenTask,
  options: OptionsOf<typeof judgingFlags> & { readonly prices?: string },
  seed?: number,
): Promise<Judging> {
  const { judge, baseUrl, apiKeyEnv, prices } = options;
  const asksUnnamed = whole.task.grader.callsModels === true;
  const opened = asksUnnamed ? whole : { ...whole, task: changedTask(whole.task, defined({ judge })) };
  const judges = asksUnnamed ? (judge === undefined ? [] : [judge]) : judgesOf(opened.task);
  const providers = asksUnnamed && judge === undefined ? reachable(context, baseUrl) : [];
  if (asksUnnamed && judge === undefined && providers.length === 0) {
    throw new InputError('--base-url', {
      expected: `the address of the server whose models the task's grader asks (or --judge with one of them as provider/model, or a provider's key in the environment)`,
      found: 'none',
    });
  }
  const callers = await openCallers(context, defined({ baseUrl, apiKeyEnv, prices }), {
    ...{ models: judges, providers, taskFolder: opened.folder },
    ...defined({ seed }),
  });
  return { opened, judges, callers };
}

function reachable({ env }: CliContext, baseUrl: string | undefined): string[] {
  const names = providersWithKey(env).map(({ name }) => name);
  return [...new Set([...(baseUrl === undefined ? [] : ['openai']), ...names])];
}
