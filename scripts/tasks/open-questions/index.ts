import type { Instance } from '../../../src/domain/task.ts';
import { type GeneratedTask, numberedId, taskRng } from '../shipped-task.ts';
import { budgetPlan } from './budget.ts';
import { gardenPlan } from './garden.ts';
import { mealPlan } from './meals.ts';
import { movingPlan } from './moving.ts';
import { packingList } from './packing.ts';
import { partyPlan } from './party.ts';
import type { QuestionKind } from './question-kind.ts';
import { studyPlan } from './study.ts';
import { tripPlan } from './trips.ts';

const questionKinds: readonly QuestionKind[] = [
  tripPlan,
  mealPlan,
  studyPlan,
  partyPlan,
  packingList,
  budgetPlan,
  gardenPlan,
  movingPlan,
];

const questionsPerKind = 16;
const mostDraws = 500;

/** Questions without a single right answer, each with a reference answer put together from our own pieces. */
export const openQuestions: GeneratedTask = {
  name: 'open-questions',
  generate: () => questionKinds.flatMap(questionsOf),
};

function questionsOf(kind: QuestionKind): Instance[] {
  const rng = taskRng('open-questions').derive(kind.name);
  const instances: Instance[] = [];
  for (let draw = 0; instances.length < questionsPerKind; draw++) {
    if (draw === mostDraws) throw new Error(`${kind.name}: too few different questions`);
    const { question, reference } = kind.make(rng.derive(draw));
    if (instances.some(({ input }) => input === question)) continue;
    instances.push({
      id: numberedId(kind.name, instances.length),
      input: question,
      gold: reference,
      label: kind.name,
    });
  }
  return instances;
}
