import { tune } from '../../src/run/tune.ts';
import { draftingDependencies, draftingSettings } from '../run/world.ts';

/** Tunes in the synthetic world. @param onPaid called before each call that is paid for */
export async function tuneInWorld(folder: string, evaluations: number, onPaid: () => void): Promise<void> {
  const dependencies = draftingDependencies({ failureRate: 0.1 });
  const { model } = dependencies;
  const complete = model.complete.bind(model);
  model.complete = (...given) => {
    onPaid();
    return complete(...given);
  };
  const settings = { ...draftingSettings, budget: { maxEvaluations: evaluations } };
  await tune(folder, settings, { ...dependencies, commitEvery: 5 });
}
