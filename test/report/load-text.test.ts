import { expect, test } from 'vitest';
import { loadText } from '../../src/report/load-text.ts';

test.each([
  [1.84, 'up to 1.8 times as long'],
  [100, 'up to 100.0 times as long'],
  // Of a server that answers in no time.
  [563_341_206.2, 'up to more than 100 times as long'],
])('a load that made calls take %d times as long is told', (slowest, said) => {
  expect(loadText({ slowdown: { openai: { growth: 0.1, statedAt: 1, slowest } } }).join()).toContain(said);
});
