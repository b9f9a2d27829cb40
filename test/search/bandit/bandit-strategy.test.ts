import { expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { type ConfigId, configId } from '../../../src/domain/moa-config.ts';
import { BanditStrategy } from '../../../src/search/bandit/bandit-strategy.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { reportOf } from '../drive.ts';
import { wideSpace } from '../spaces.ts';
import { createLandscape } from '../synthetic.ts';

it('proposes the same when it is retold what it was told', () => {
  const landscape = createLandscape('bandit');
  const known = new Set<ConfigId>();
  const create = () =>
    new BanditStrategy({
      space: wideSpace(),
      objectives: ['score', 'tokens'],
      isKnown: (id) => known.has(id),
    });
  const strategy = create();
  const told: TrialReport[] = [];
  for (let number = 0; number < 60; number++) {
    const proposal = strategy.ask(createRng(`ask/${number}`));
    if (proposal === 'exhausted') throw new Error('exhausted');
    known.add(configId(proposal.config));
    const report = reportOf(proposal, landscape, 3);
    told.push(report);
    strategy.tell(report);
  }
  const retold = create();
  for (const report of told) retold.tell(report);
  for (let number = 0; number < 20; number++)
    expect(retold.ask(createRng(`next/${number}`))).toEqual(strategy.ask(createRng(`next/${number}`)));
});
