import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { jointScores } from '../../src/search/joint-scores.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { reportOf } from './drive.ts';
import { wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

describe('jointScores', () => {
  it('says of trials of any search what is believed of them, with less doubt where more was measured', () => {
    const landscape = createLandscape('joint');
    const rng = createRng('joint');
    const drawn = Array.from({ length: 30 }, () => randomConfig(wideSpace(), rng) as MoaConfig);
    const configs = [...new Map(drawn.map((config) => [configId(config), config])).values()];
    const reports = configs.map((config, at) =>
      reportOf({ config, origin: { operator: 'test', parents: [] } }, landscape, at === 0 ? 200 : 8),
    );
    const asked = reports.slice(0, 4).map(({ id }) => id);
    const { means, factor } = jointScores(reports, asked);
    expect(means).toHaveLength(4);
    expect(Math.abs((means[0] as number) - landscape.truth(configs[0] as MoaConfig).score)).toBeLessThan(0.1);
    const variance = (row: number): number =>
      factor.slice(row * 4, row * 4 + row + 1).reduce((sum, value) => sum + value * value, 0);
    for (const row of [1, 2, 3]) expect(variance(0)).toBeLessThan(variance(row));
    const shuffled = jointScores(reports, [...asked].reverse());
    expect(shuffled.means[3]).toBeCloseTo(means[0] as number, 9);
  });
});
