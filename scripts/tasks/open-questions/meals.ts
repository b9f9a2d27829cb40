import { between } from '../shipped-task.ts';
import type { QuestionKind } from './question-kind.ts';

interface Dish {
  readonly text: string;
  readonly vegan: boolean;
  readonly glutenFree: boolean;
  /** Minutes at the stove. */
  readonly minutes: number;
}

const dishes: readonly Dish[] = [
  { text: 'red lentil dal with rice and spinach', vegan: true, glutenFree: true, minutes: 25 },
  { text: 'chickpeas with tomatoes and peppers over potatoes', vegan: true, glutenFree: true, minutes: 30 },
  {
    text: 'baked sweet potatoes filled with black beans and corn',
    vegan: true,
    glutenFree: true,
    minutes: 20,
  },
  { text: 'fried rice with tofu, peas and carrots', vegan: true, glutenFree: true, minutes: 20 },
  { text: 'white bean soup with kale', vegan: true, glutenFree: true, minutes: 30 },
  { text: 'pasta with lentil sauce', vegan: true, glutenFree: false, minutes: 25 },
  {
    text: 'wholemeal couscous with roast vegetables and almonds',
    vegan: true,
    glutenFree: false,
    minutes: 20,
  },
  { text: 'Spanish potato omelette with salad', vegan: false, glutenFree: true, minutes: 30 },
  { text: 'chicken thighs on a tray with carrots and potatoes', vegan: false, glutenFree: true, minutes: 15 },
  { text: 'salmon with green beans and rice', vegan: false, glutenFree: true, minutes: 20 },
  { text: 'turkey chilli with beans', vegan: false, glutenFree: true, minutes: 30 },
  { text: 'wraps with eggs, beans and avocado', vegan: false, glutenFree: false, minutes: 15 },
];
const diets = [
  {
    text: 'one of us is vegan and nobody wants to cook twice',
    fits: (dish: Dish) => dish.vegan,
    why: 'all dishes are vegan, so one pot serves everybody',
  },
  {
    text: 'one of us must not have gluten',
    fits: (dish: Dish) => dish.glutenFree,
    why: 'none of the dishes has gluten; check stock cubes and sauces all the same',
  },
  {
    text: 'we eat everything',
    fits: () => true,
    why: 'meat or fish turn up now and then, pulses do the rest',
  },
] as const;

export const mealPlan: QuestionKind = {
  name: 'meal-plan',
  make: (rng) => {
    const [people, evenings, limit] = [between(rng, 2, 5), between(rng, 3, 5), rng.pick([20, 25, 30])];
    const diet = rng.pick(diets);
    const money = people * evenings * between(rng, 3, 5);
    const fitting = rng.shuffle(dishes.filter((dish) => diet.fits(dish) && dish.minutes <= limit));
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'].slice(0, evenings);
    const plan = days.map((day, index) => {
      const dish = fitting[index];
      return dish === undefined
        ? `${day}: a double portion of ${fitting[0]?.text}, cooked on Monday and frozen.`
        : `${day}: ${dish.text} (${dish.minutes} minutes at the stove).`;
    });
    return {
      question: `Suggest dinners for ${people} people from Monday on, ${evenings} evenings. We have ${limit} minutes at the stove each evening and ${money} euros for all of it, and ${diet.text}. Please say what to buy and what can be done ahead.`,
      reference: [
        `A plan in which ${diet.why}:`,
        ...plan,
        `To buy: staples in bulk (rice, pulses, tinned tomatoes, onions, garlic) for about a third of the ${money} euros, fresh vegetables for half, the rest is reserve. For ${people} people reckon with 80 g of dry grain and 60 g of dry pulses each.`,
        'Ahead, on Sunday: soak and cook the pulses, chop onions and carrots for two days, wash the greens. Cook the dishes with fresh greens first and those from tins last.',
      ].join('\n'),
    };
  },
};
