import { dtlz2, dtlz7 } from './dtlz.ts';
import type { Problem } from './problem.ts';
import { zdt1, zdt2, zdt3, zdt4, zdt6 } from './zdt.ts';

export type { Problem } from './problem.ts';

export const problems: readonly Problem[] = [zdt1, zdt2, zdt3, zdt4, zdt6, dtlz2, dtlz7];
