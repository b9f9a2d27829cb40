import type { Rng } from '../../core/rng.ts';
import { configId, type MoaConfig } from '../../domain/moa-config.ts';
import { brokenRules } from '../../domain/moa-config-rules.ts';
import { replaceAgent } from '../library.ts';
import { finishConfig } from '../normal-form.ts';
import type { SearchSpace } from '../space.ts';
import type { DraftTarget } from './draft.ts';

/** The parent with the new prompt in the target's place; `undefined` where that is no config of the space. */
export function applyPrompt(
  parent: MoaConfig,
  { agent }: DraftTarget,
  prompt: string,
  space: SearchSpace,
  rng: Rng,
): MoaConfig | undefined {
  const child = finishConfig(
    replaceAgent(parent, agent, (old) => ({ ...old, prompt })),
    space,
    rng,
  );
  if (child === undefined || brokenRules(child).length > 0) return undefined;
  return configId(child) === configId(parent) ? undefined : child;
}
