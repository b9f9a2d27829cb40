export {
  assumedBeliefs,
  type Belief,
  type Beliefs,
  type ModelBelief,
  type Source,
} from './beliefs.ts';
export { type History, type HistoryQuery, learn, readHistory } from './earlier-runs.ts';
export {
  type AmountsOutlook,
  type CeilingOutlook,
  type Forecast,
  type RehearseOptions,
  rehearse,
} from './forecast.ts';
export type { Job } from './play.ts';
export type { Outlook } from './quantiles.ts';
export { type QuickForecast, quickForecast } from './quick-forecast.ts';
