export { frontHypervolume, normaliseObjective as normalise } from '../pareto/index.ts';
