export { dominates, nonDominated } from './dominance.ts';
export { type FrontPoint, ParetoFront } from './front.ts';
export { hypervolume, hypervolumeContributions, hypervolumeGain } from './hypervolume.ts';
export {
  additiveEpsilon,
  boxAround,
  invertedGenerationalDistancePlus,
  normalise,
  normalisedHypervolume,
  type ReferenceBox,
} from './indicators.ts';
export { frontHypervolume, normaliseObjective } from './objective-scale.ts';
export { type Direction, directionsOf, type ObjectiveVector, vectorOf } from './vector.ts';
