export {
  assumedBeliefs,
  type Beliefs,
  type ModelBelief,
} from './beliefs.ts';
export { learn, readHistory } from './earlier-runs.ts';
export {
  type AmountsOutlook,
  type CeilingOutlook,
  type Forecast,
  type RehearsalProgress,
  rehearse,
  usualRehearsals,
} from './forecast.ts';
export type { Job } from './play.ts';
export type { Quantiles } from './quantiles.ts';
export { type QuickForecast, quickForecast } from './quick-forecast.ts';
