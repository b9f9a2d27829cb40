import { changeModel, changeSamples, changeTemperature, changeTopP, swapPrompt } from './change-agent.ts';
import { addAgent, cloneAgent, dropAgent } from './change-crew.ts';
import { changeKept, changeRounds } from './change-rounds.ts';
import { addStage, dropStage, swapStage } from './change-stages.ts';
import { crossover } from './crossover.ts';
import type { Operator } from './operator.ts';
import { spreadSetting } from './spread-setting.ts';
import { swapTopology } from './swap-topology.ts';

export type { Operator } from './operator.ts';
export { crossover };

/** The operators on one parent that evolution draws by their weights. */
export const mutations: readonly Operator[] = [
  changeModel,
  changeTemperature,
  changeTopP,
  changeSamples,
  changeRounds,
  changeKept,
  swapPrompt,
  addAgent,
  dropAgent,
  cloneAgent,
  addStage,
  dropStage,
  swapStage,
  swapTopology,
];

/** All of them: a bandit finds out what each is worth in a space. */
export const operators: readonly Operator[] = [...mutations, spreadSetting, crossover];
