import { isAbsolute, join } from 'node:path';

/** Where local models and what runs them are kept. */
export interface LocalPaths {
  /** The folder of all of it. */
  readonly home: string;
  /** A folder a model: its weights and its description. */
  readonly models: string;
  /** The npm folder that `mixtune models add-local` fills. */
  readonly runtime: string;
  /** What is being downloaded. */
  readonly downloads: string;
}

/**
 * `$MIXTUNE_HOME/local`, else `.mixtune/local` in the user's home; `null` where neither is known, as
 * in a test with no environment.
 */
export function localPaths(env: Readonly<Record<string, string | undefined>>): LocalPaths | null {
  const base = mixtuneHome(env);
  if (base === null) return null;
  const home = join(base, 'local');
  return {
    home,
    models: join(home, 'models'),
    runtime: join(home, 'runtime'),
    downloads: join(home, 'downloads'),
  };
}

/** Where mixtune keeps what is this user's own: `$MIXTUNE_HOME`, else `.mixtune` in the user's home. */
export function mixtuneHome(env: Readonly<Record<string, string | undefined>>): string | null {
  const own = env.MIXTUNE_HOME?.trim() ?? '';
  if (own !== '' && isAbsolute(own)) return own;
  const home = [env.HOME, env.USERPROFILE].find((folder) => folder !== undefined && isAbsolute(folder));
  return home === undefined ? null : join(home, '.mixtune');
}
