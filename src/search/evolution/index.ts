export { type EvolutionOptions, EvolutionSearch } from './evolution-search.ts';
export { moaConfigs } from './moa-configs.ts';
export { type Evaluated, type OptimizeOptions, type OptimizeResult, optimize } from './optimize.ts';
export { type RealVectorsOptions, realVectors } from './real-vectors.ts';
export type { Variation } from './variation.ts';
