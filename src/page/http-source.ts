import { type ApiRoute, type ApiTrouble, api, pathOf } from '../report/view-model/api.ts';
import { type RunView, viewSchema } from '../report/view-model/schema.ts';
import type { BenchEvent } from '../report/view-model/workbench.ts';
import { type WatchOptions, watchRun } from './run-watch.ts';
import { serverEvents } from './server-events.ts';
import type { BenchSource, Loaded, Source } from './source.ts';

/** What of the browser the source needs; tests pass their own. */
export interface HttpSourceOptions extends WatchOptions {
  /** `''` in the page: where it came from. */
  readonly base: string;
  readonly token: string;
}

const noServer = 'The server does not answer. `mixtune ui` starts it again.';

/** Asks the server of `mixtune ui`. */
export function createHttpSource(options: HttpSourceOptions): Source {
  const { base, token } = options;
  const send = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${base}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  const get = async <Value extends { readonly schema: number }>(
    route: ApiRoute<Value>,
    parts: Readonly<Record<string, string | number>> = {},
  ): Promise<Loaded<Value>> => {
    try {
      const response = await send(pathOf(route, parts));
      const body: unknown = await response.json();
      if (!response.ok) return { kind: 'absent', because: troubleIn(body, response.status) };
      const value = body as Value;
      return value.schema > viewSchema ? newer(value.schema) : { kind: 'here', value };
    } catch {
      return { kind: 'absent', because: noServer };
    }
  };
  const post = async <Reply, Body>(
    route: ApiRoute<Reply, Body>,
    body: Body,
    parts: Readonly<Record<string, string | number>> = {},
  ): Promise<Loaded<Reply>> => {
    try {
      const response = await send(pathOf(route, parts), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const reply: unknown = await response.json();
      if (response.ok) return { kind: 'here', value: reply as Reply };
      return { kind: 'absent', because: troubleIn(reply, response.status) };
    } catch {
      return { kind: 'absent', because: noServer };
    }
  };
  const run = (name: string): Promise<Loaded<RunView>> => get(api.run, { run: name });
  const ask: BenchSource['ask'] = async (request, onEvent, signal) => {
    try {
      const response = await send(pathOf(api.ask), {
        method: api.ask.method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal,
      });
      if (!response.ok || response.body === null) return troubleIn(await response.json(), response.status);
      for await (const { event, data } of serverEvents(response.body))
        if (event === 'bench') onEvent(JSON.parse(data) as BenchEvent);
      return null;
    } catch {
      return 'The connection to the server broke off.';
    }
  };
  return {
    kind: 'http',
    bench: {
      view: () => get(api.bench),
      read: (draft) => post(api.readDraft, draft),
      forecast: (job) => post(api.forecast, job),
      tune: (job) => post(api.tune, job),
      save: (draft, name) => post(api.save, { ...draft, name }),
      ask,
    },
    board: {
      tasks: () => get(api.leaderboards),
      of: (task) => get(api.leaderboard, { task }),
      remove: (task, id) => post(api.unrank, { id }, { task }),
    },
    runs: () => get(api.runs),
    run,
    matrix: (name) => get(api.matrix, { run: name }),
    why: (name) => get(api.why, { run: name }),
    config: (name, trial) => get(api.config, { run: name, trial }),
    cell: (name, trial, { split, repeat, instance }) =>
      get(api.cell, { run: name, trial, split, repeat, instance }),
    stop: async (name) => {
      const stopped = await post(api.stop, {}, { run: name });
      if (stopped.kind === 'absent') return stopped.because;
      return stopped.value.stopping ? null : 'No process works on this run any more.';
    },
    watch: (name, onRun) => {
      const released = new AbortController();
      const stream = async (seq: number, signal: AbortSignal) => {
        const headers = { 'last-event-id': String(seq) };
        const { ok, body } = await send(pathOf(api.events, { run: name }), { headers, signal });
        return ok && body !== null ? body : undefined;
      };
      void watchRun({ ...options, read: () => run(name), stream, onRun, released: released.signal });
      return () => released.abort();
    },
  };
}

function troubleIn(body: unknown, status: number): string {
  const { trouble } = (body ?? {}) as Partial<ApiTrouble>;
  return typeof trouble === 'string' ? trouble : `The server answered with ${status}.`;
}

function newer(schema: number): Loaded<never> {
  return {
    kind: 'absent',
    because: `This data has form ${schema}, and this page knows form ${viewSchema}: reload the page.`,
  };
}
