import fc from 'fast-check';
import { exploring, runs } from './thorough.ts';

/**
 * vitest's `setupFiles`: a property that names no number of cases of its own plays fewer in `npm test`. The cases are the
 * same at each run, so that what failed once fails again and a change is judged by what it changed; new ones are looked
 * for by `npm run test:explore`.
 */
fc.configureGlobal({ numRuns: runs(100), ...(exploring > 0 ? {} : { seed: 1 }) });
