import type { SearchSpace } from '../space.ts';
import { addAgent, cloneAgent, dropAgent } from './add-drop-agents.ts';
import {
  changeModel,
  changeOtherSettings,
  changeSamples,
  changeTemperature,
  changeTopP,
  swapPrompt,
} from './change-agent.ts';
import { changeKept, changeRounds } from './change-rounds.ts';
import { addStage, dropStage, swapStage } from './change-stages.ts';
import { crossover } from './crossover.ts';
import type { Operator } from './operator.ts';
import { spreadSetting } from './spread-setting.ts';
import { swapTopology } from './swap-topology.ts';

export { crossover };

const mutations: readonly Operator[] = [
  changeModel,
  changeTemperature,
  changeTopP,
  ...changeOtherSettings,
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

/** All of them. */
export const operators: readonly Operator[] = [...mutations, spreadSetting, crossover];

const fitting = (among: readonly Operator[], space: SearchSpace): Operator[] =>
  among.filter((operator) => operator.fits?.(space) ?? true);

/** The operators on one parent that evolution draws by their weights. */
export const mutationsFor = (space: SearchSpace): Operator[] => fitting(mutations, space);

/** All that can do something in a space: a bandit finds out what each is worth there. */
export const operatorsFor = (space: SearchSpace): Operator[] => fitting(operators, space);
