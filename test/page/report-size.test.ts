import { describe, expect, test } from 'vitest';
import { largeReport } from '../support/large-report.ts';
import { thorough } from '../support/thorough.ts';

/** The page as it is built, by the limits that build-page.mjs holds it to. */
const template = `<style></style><!--csp--><title>mixtune</title><!--data--><script>${'x'.repeat(760_000)}</script>`;

async function sizeOf(trials: number, cells: number): Promise<number> {
  return Buffer.byteLength(await largeReport(template, trials, cells));
}

describe('a report keeps small', () => {
  test.skipIf(!thorough)(
    '200 configs of 24 cells each: at most half a megabyte beside the page',
    async () => {
      const bytes = await sizeOf(200, 24);
      expect(bytes).toBeLessThanOrEqual(template.length + 500_000);
      expect(bytes).toBeGreaterThan(template.length + 300_000);
    },
  );

  test.skipIf(!thorough)('1,000 configs, with answers of the front: at most 2 MB', async () => {
    const bytes = await sizeOf(1000, 24);
    expect(bytes).toBeLessThanOrEqual(2_000_000);
    // It is no empty one: the page and a good part of the answers are in it.
    expect(bytes).toBeGreaterThan(1_300_000);
  });

  test.skipIf(!thorough)('10,000 configs: at most 8 MB', async () => {
    expect(await sizeOf(10_000, 24)).toBeLessThanOrEqual(8_000_000);
  });
});
