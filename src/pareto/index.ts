export { dominates, nonDominated } from './dominance.ts';
export { ParetoFront } from './front.ts';
export { hypervolume, hypervolumeContributions, hypervolumeGain, hypervolumeGains } from './hypervolume.ts';
export { invertedGenerationalDistancePlus } from './indicators.ts';
export { frontHypervolume, normaliseObjective } from './objective-scale.ts';
export { type Direction, directionsOf, vectorOf } from './vector.ts';
