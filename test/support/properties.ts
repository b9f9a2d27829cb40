import fc from 'fast-check';
import { runs } from './thorough.ts';

/** vitest's `setupFiles`: a property that names no number of cases of its own plays fewer in `npm test`. */
fc.configureGlobal({ numRuns: runs(100) });
