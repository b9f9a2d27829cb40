import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { unwrap } from '../core/result.ts';
import type { Cell } from '../domain/cell.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiTrouble, api } from '../report/view-model/api.ts';
import type { LeaderboardsView, LeaderboardView } from '../report/view-model/leaderboard.ts';
import { viewSchema } from '../report/view-model/schema.ts';
import type { LeaderboardEntry } from '../run/leaderboard/entry.ts';
import { type Doors, guardDoors } from './doors.ts';
import { sendChanges } from './live-events.ts';
import { type RunShelf, troubleOf } from './run-shelf.ts';
import type { Workbench } from './workbench.ts';

/** Where systems are kept that were measured on a task. */
export interface Leaderboards {
  /** Names of the tasks that have saved entries. */
  tasks(): readonly string[];
  view(task: string): Promise<LeaderboardView>;
  add(entry: LeaderboardEntry): string;
  /** @throws MixtuneError where there is no such saved entry */
  remove(task: string, id: string): void;
}

/** Bytes of a request's body. */
const largestBody = 2 ** 20;

export interface UiAppOptions extends Doors {
  /** The page, as one HTML document. */
  readonly page: string;
  readonly shelf: RunShelf;
  /** Asks the process that works on a run to stop politely; false: none does. @throws MixtuneError */
  readonly stopRun: (folder: string) => Promise<boolean>;
  /** Opened when it is first asked for. @throws MixtuneError where its models or task cannot be used */
  readonly workbench: () => Promise<Workbench>;
  readonly leaderboards: Leaderboards;
  /** The task that the command line names; `undefined`: none that is there. */
  readonly namedTask: () => Promise<string | undefined>;
  readonly clock: Clock;
  /** Ends all streams. */
  readonly ended: AbortSignal;
  readonly onBug: (error: unknown) => void;
}

/** What the page asks for, as a web application without a port. */
export function createUiApp(options: UiAppOptions): Hono {
  const { shelf, page, leaderboards } = options;
  const app = new Hono();
  app.use(guardDoors(options));
  app.get('/', (context) => context.html(page));
  app.get(api.runs.path, async (context) => context.json(await shelf.list()));
  app.get(api.run.path, async (context) => context.json((await opened(context)).view()));
  app.get(api.matrix.path, async (context) => context.json((await opened(context)).views.matrix()));
  app.get(api.why.path, async (context) => context.json((await opened(context)).views.why()));
  app.get(api.config.path, async (context) => {
    const view = await (await opened(context)).views.config(numberOf(context, 'trial'));
    return view === undefined ? missing(context, 'config') : context.json(view);
  });
  app.get(api.cell.path, async (context) => {
    const view = await (await opened(context)).views.cell(numberOf(context, 'trial'), cellOf(context));
    return view === undefined ? missing(context, 'answer') : context.json(view);
  });
  app.post(api.stop.path, async (context) =>
    context.json({ stopping: await options.stopRun(shelf.folderOf(runIn(context))) }),
  );
  app.get(api.events.path, (context) => {
    const run = runIn(context);
    const last = Number(context.req.header('last-event-id') ?? 'none');
    const from = Number.isSafeInteger(last) && last >= 0 ? last : undefined;
    return streamSSE(context, async (stream) => sendChanges(stream, { ...options, run, from }));
  });
  app.get(api.bench.path, async (context) => context.json((await options.workbench()).view()));
  const smallBody = bodyLimit({ maxSize: largestBody });
  app.post(api.readDraft.path, smallBody, async (context) =>
    context.json((await options.workbench()).read(await bodyOf(context))),
  );
  app.post(api.forecast.path, smallBody, async (context) =>
    context.json(await (await options.workbench()).forecast(await bodyOf(context))),
  );
  app.post(api.tune.path, smallBody, async (context) =>
    context.json({ run: await (await options.workbench()).tune(await bodyOf(context)) }),
  );
  app.post(api.ask.path, smallBody, async (context) => {
    const answer = (await options.workbench()).prepare(await bodyOf(context));
    return streamSSE(context, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort(new Error('interrupted')));
      let told = Promise.resolve();
      await answer(
        (event) => {
          told = told.then(() => stream.writeSSE({ event: 'bench', data: JSON.stringify(event) }));
        },
        AbortSignal.any([gone.signal, options.ended]),
      );
      await told;
    });
  });
  app.post(api.save.path, smallBody, async (context) => {
    const entry = await (await options.workbench()).entryOf(await bodyOf(context));
    leaderboards.add(entry);
    return context.json(await leaderboards.view(entry.task));
  });
  app.get(api.leaderboards.path, async (context) => {
    const ofRuns = (await shelf.list()).runs.map(({ task }) => task);
    const tasks = [...new Set([...leaderboards.tasks(), ...ofRuns])].filter((task) => task !== '').sort();
    const named = await options.namedTask();
    const first = [named, ...ofRuns, ...tasks].find((task) => task !== undefined && tasks.includes(task));
    return context.json({ schema: viewSchema, tasks, first: first ?? null } satisfies LeaderboardsView);
  });
  app.get(api.leaderboard.path, async (context) =>
    context.json(await leaderboards.view(context.req.param('task') ?? '')),
  );
  app.post(api.unrank.path, smallBody, async (context) => {
    const task = context.req.param('task') ?? '';
    const { id } = unwrap(parseWith(z.strictObject({ id: z.string() }), await bodyOf(context), 'request'));
    leaderboards.remove(task, id);
    return context.json(await leaderboards.view(task));
  });
  app.notFound((context) => missing(context, 'page'));
  app.onError((error, context) => {
    const trouble = troubleOf(error);
    if (trouble !== undefined) return context.json({ trouble } satisfies ApiTrouble, 422);
    options.onBug(error);
    return context.json({ trouble: 'The server has made a mistake; its terminal says which.' }, 500);
  });
  const opened = (context: Context) => shelf.open(runIn(context));
  return app;
}

function missing(context: Context, what: string): Response {
  return context.json({ trouble: `There is no such ${what}.` } satisfies ApiTrouble, 404);
}

/** `undefined` where it is no JSON. */
function bodyOf(context: Context): Promise<unknown> {
  return context.req.json().catch(() => undefined);
}

function runIn(context: Context): string {
  return context.req.param('run') ?? '';
}

function numberOf(context: Context, name: string): number {
  return Number(context.req.param(name));
}

function cellOf(context: Context): Cell {
  return {
    split: context.req.param('split') === 'holdout' ? 'holdout' : 'tuning',
    repeat: numberOf(context, 'repeat'),
    instance: context.req.param('instance') ?? '',
  };
}
