import { expect, test } from 'vitest';
import { forecastLine } from '../../src/report/forecast-text.ts';

const around = (median: number) => ({ p10: median / 2, median, p90: 2 * median });
const amounts = (calls: number) => ({
  calls: around(calls),
  tokens: around(1e6),
  tokensIn: around(8e5),
  tokensOut: around(2e5),
  usd: around(3),
  seconds: around(600),
});
const forecast = { total: amounts(1200), end: amounts(400), rehearsals: 9 };

test('the forecast is a line that tells the spread, and what is counted', () => {
  expect(forecastLine(forecast, { simulated: true, writes: false })).toBe(
    'Forecast (simulated), typical (8 in 10 runs between): 1.20k (600 to 2.40k) calls, 1.00M (500k to 2.00M) tokens, $3.00 ($1.50 to $6.00), 10m 00s (5m 00s to 20m 00s); about 400 of the calls measure the result at the end; a rough forecast: `mixtune rehearse` plays the whole job',
  );
  expect(forecastLine(forecast, { simulated: false, writes: true })).toContain(
    '; those by which a model writes prompts are counted (none with --no-reflection); ',
  );
});
