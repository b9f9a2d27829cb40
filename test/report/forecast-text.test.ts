import { expect, test } from 'vitest';
import { assumedBeliefs } from '../../src/analysis/rehearse/index.ts';
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
const forecast = { total: amounts(1200), end: amounts(400), rehearsals: 9, speedUnknown: false };

const { models } = assumedBeliefs({ answer: 'text', grader: { name: 'own' } }, ['a/b'], () => undefined);

test('the forecast is a line that tells the spread, and what is counted', () => {
  expect(forecastLine(forecast, { simulated: true, writes: false, models })).toBe(
    'Forecast (simulated), typical (8 in 10 runs between): 1.20k (600 to 2.40k) calls, 1.00M (500k to 2.00M) tokens, $3.00 ($1.50 to $6.00), 10m 00s (5m 00s to 20m 00s); about 400 of the calls measure the result at the end; answers taken to be about 300 tokens long (assumed); a rough forecast: `mixtune rehearse` plays the whole job',
  );
  expect(forecastLine(forecast, { simulated: false, writes: true, models })).toContain(
    '; those by which a model writes prompts are counted (none with --no-reflection); ',
  );
  expect(
    forecastLine({ ...forecast, speedUnknown: true }, { simulated: false, writes: false, models }),
  ).toContain(
    '; how fast the models are is not known, and fast ones may spend the other ceilings before --max-time; ',
  );
});

test('the forecast says from what the lengths of answers are', () => {
  const [first] = models;
  if (first === undefined) throw new Error('a model was asked for');
  const shorter = {
    ...first,
    lengthFrom: 'gold-answers',
    outputTokens: { ...first.outputTokens, median: 28 },
  } as const;
  const line = (list: typeof models): string =>
    forecastLine(forecast, { simulated: false, writes: false, models: list });
  expect(line([shorter, shorter])).toContain(
    '; answers taken to be about 28 tokens long (by the gold answers); ',
  );
  expect(line([{ ...first, lengthFrom: 'earlier-runs' }, shorter])).toContain(
    '; answers taken to be 28 to 300 tokens long (as in earlier runs; by the gold answers); ',
  );
});
