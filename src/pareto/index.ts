export { dominates, nonDominated } from './dominance.ts';
export { type FrontPoint, ParetoFront } from './front.ts';
export { hypervolume, hypervolumeContributions } from './hypervolume.ts';
export {
  additiveEpsilon,
  boxAround,
  invertedGenerationalDistancePlus,
  normalise,
  normalisedHypervolume,
  type ReferenceBox,
} from './indicators.ts';
export { type Direction, directionsOf, type ObjectiveVector, vectorOf } from './vector.ts';
