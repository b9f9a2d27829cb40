import { signal } from '@preact/signals';
// Takes its part out of the address before the rest is read.
import './token.ts';

export const viewNames = [
  'front',
  'progress',
  'trials',
  'matrix',
  'why',
  'config',
  'lineage',
  'trace',
  'compare',
  'workbench',
  'leaderboard',
] as const;
export type ViewName = (typeof viewNames)[number];

/** What the page shows, as its fragment says it: `#/run/view/rest?setting=…`. A link shows the same thing. */
export interface PageRoute {
  /** `null`: the list of runs, or the only run. */
  readonly run: string | null;
  readonly view: ViewName;
  /** What the view shows: a trial, a cell. */
  readonly rest: readonly string[];
  /** Settings of the view that differ from the usual ones. */
  readonly settings: Readonly<Record<string, string>>;
}

function parseRoute(fragment: string): PageRoute {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [run = '', view = '', ...rest] = path.split('/').map(decoded);
  return {
    run: run === '' ? null : run,
    view: viewNames.find((name) => name === view) ?? 'front',
    rest: rest.filter((part) => part !== ''),
    settings: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function formatRoute({ run, view, rest, settings }: PageRoute): string {
  const path = [run ?? '', view, ...rest].map(encodeURIComponent).join('/');
  const query = new URLSearchParams(Object.entries(settings)).toString();
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<PageRoute>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** The link to a view of the run that is shown. */
export function linkTo(
  view: ViewName,
  rest: readonly (string | number)[] = [],
  settings: PageRoute['settings'] = {},
): string {
  return formatRoute({ run: route.value.run, view, rest: rest.map(String), settings });
}

export function goTo(
  view: ViewName,
  rest: readonly (string | number)[] = [],
  settings: PageRoute['settings'] = {},
): void {
  location.hash = linkTo(view, rest, settings);
}

/** Changes settings of the view in place, without a new entry in the history; `null` takes one away. */
export function adjust(changes: Readonly<Record<string, string | null>>): void {
  const settings: Record<string, string> = { ...route.value.settings };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete settings[name];
    else settings[name] = value;
  }
  const next = { ...route.value, settings };
  history.replaceState(null, '', formatRoute(next));
  route.value = next;
}

/** A setting of the view among those it may have. */
export function setting<Value extends string>(name: string, values: readonly Value[], usual: Value): Value {
  const given = route.value.settings[name];
  return values.find((value) => value === given) ?? usual;
}
