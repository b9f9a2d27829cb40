import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placeOf, speedProfileFile, withMeasuredSpeeds } from '../../src/cli/wiring/models/speeds.ts';
import { modelCard } from '../../src/models/prices.ts';
import { keepSpeedProfile } from '../../src/models/speed-profile-file.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { commandContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const context = () => commandContext({ cwd: temporaryFolder('speeds') });

test.each([
  ['groq/a', undefined, 'groq'],
  ['groq/a', 'http://127.0.0.1:8080/v1', 'groq'],
  ['openai/a', undefined, 'openai'],
  ['openai/a', 'http://127.0.0.1:8080/v1', '127.0.0.1:8080'],
  ['openai/a', 'https://models.example/v1', 'models.example'],
  ['openai/a', 'http://[::1]:8080/v1', '1:8080'],
])('the place of %s with base URL %s is %s', (model, baseUrl, place) => {
  expect(placeOf(model, baseUrl)).toBe(place);
});

test('a measured speed joins the card of the model that was measured, where it was measured', () => {
  const here = context();
  const speed = { firstTokenMs: 80, tokensPerSecond: 900 };
  keepSpeedProfile(speedProfileFile(here, 'runs'), {
    name: 'groq',
    source: 'a test',
    models: { a: speed, b: { firstTokenMs: null, tokensPerSecond: 5 } },
  });
  const measured = withMeasuredSpeeds(here, { runsDir: 'runs' });
  expect(measured(modelCard('groq/a'))?.speed).toEqual(speed);
  // Half of a speed is none.
  expect(measured(modelCard('groq/b'))?.speed).toBeNull();
  expect(measured(modelCard('together/a'))?.speed).toBeNull();
  expect(measured(undefined)).toBeUndefined();
  expect(withMeasuredSpeeds(here, {})(modelCard('groq/a'))?.speed).toBeNull();
});

test('simulated models keep their own speeds, and a damaged file stops nothing', () => {
  const here = context();
  const [card] = simulatedModels;
  keepSpeedProfile(speedProfileFile(here, 'runs'), {
    name: 'sim',
    source: 'a test',
    models: { '*': { firstTokenMs: 1, tokensPerSecond: 1 } },
  });
  expect(withMeasuredSpeeds(here, { runsDir: 'runs' })(card)).toBe(card);
  writeFileSync(speedProfileFile(here, 'runs'), '{');
  expect(withMeasuredSpeeds(here, { runsDir: 'runs' })(modelCard('groq/a'))?.speed).toBeNull();
});
