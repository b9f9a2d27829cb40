import { createRng, type Rng } from '../../core/rng.ts';
import { abilityOf } from '../ability.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { chooseValue } from './choose-value.ts';
import { slips, slotErrors, works } from './constants.ts';
import { difficultyOf, type LearnSkill, levelAt, workNoise } from './question-skill.ts';
import { keyOf, readSlots, type SlotForm, type Slots, slotFormOf, slotsOf, writeSlots } from './slot-json.ts';
import type { KnownQuestion } from './textbook.ts';
import { formLevel, wrapFenced } from './wrapping.ts';

/** Questions whose answer is JSON of slots and their values. */
export const learnSlots: LearnSkill = (question) => {
  const truth = slotsOf(question.instance.gold);
  if (truth === null) return null;
  const chapter = question.chapter.golds.flatMap((gold) => slotsOf(gold) ?? []);
  const names = [...new Set([...chapter, truth].flatMap((slots) => [...slots.keys()]))].sort();
  const wanted = names.filter((name) => keyOf(truth.get(name)) !== nothing).length;
  const difficulties = new Map(
    names.map((name) => {
      const ease = keyOf(truth.get(name)) === nothing ? slotErrors.absentEase : 0;
      return [name, difficultyOf(question, name, works.slots) - ease];
    }),
  );
  const learned: SlotQuestion = {
    question,
    truth,
    names,
    form: slotFormOf(question.chapter.golds),
    difficulty: (name) => difficulties.get(name) ?? 0,
    elsewhere: (name) => chapter.flatMap((slots) => slots.get(name) ?? []),
  };
  return {
    work: works.slots,
    inspect: (text) => {
      const slots = readSlots(text);
      if (slots === null) return null;
      return names.map((name) => {
        const value = keyOf(slots.get(name));
        return {
          name,
          right: value === keyOf(truth.get(name)),
          worth: 1 / Math.max(1, wanted),
          difficulty: learned.difficulty(name),
          complaint: `${name} = ${value} is wrong`,
        };
      });
    },
    write: (situation) => answer(situation, learned),
  };
};

interface SlotQuestion {
  readonly question: KnownQuestion;
  readonly truth: Slots;
  readonly names: readonly string[];
  readonly form: SlotForm;
  readonly difficulty: (name: string) => number;
  /** Values that the slot has in other questions. */
  readonly elsewhere: (name: string) => readonly unknown[];
}

const nothing = keyOf(undefined);

function answer(situation: Situation, learned: SlotQuestion): SubjectAnswer {
  const { request } = situation;
  const work = works.slots;
  const level = levelAt(situation, work, learned.question);
  const noise = workNoise(situation, work);
  const read = request.candidates.map(readSlots);
  const chosen = new Map<string, readonly unknown[]>();
  for (const name of learned.names) {
    const truth = learned.truth.get(name) ?? [];
    const difficulty = learned.difficulty(name);
    const attempt = level - difficulty + noise(name) > 0 ? truth : wrongValues(situation, learned, name);
    const known = new Map<string, readonly unknown[]>([[keyOf(truth), truth]]);
    for (const slots of read) if (slots !== null) known.set(keyOf(slots.get(name)), slots.get(name) ?? []);
    known.set(keyOf(attempt), attempt);
    const shown = read.map((slots) => slots && keyOf(slots.get(name)));
    const part = { name, truth: keyOf(truth), difficulty, own: keyOf(attempt) };
    const value = chooseValue(situation, work, part, shown, (key) => `${name} = ${key}`);
    chosen.set(name, known.get(value) ?? attempt);
  }
  const asksForJson = /\bjson\b/i.test(request.system);
  const keepsForm = formLevel(abilityOf(situation, work.specialty), asksForJson) + noise('form') > 0;
  const rng = situation.rng.derive('json');
  const text = writeSlots(chosen, learned.form, rng.next() < 0.5 ? 2 : 0);
  return { form: 'plain', body: wrapFenced(situation, keepsForm ? text : broken(text, rng), 'json', prose) };
}

const prose = {
  openings: ['Here is the extracted information:', 'The ticket contains the following:'],
  closings: [
    'Fields that the ticket does not mention are left out.',
    'Values are given as the customer wrote them.',
    'Let me know if you need another format.',
  ],
};

/** JSON that does not parse: single quotes, or no end. */
function broken(text: string, rng: Rng): string {
  return rng.next() < 0.5 ? text.replaceAll('"', "'") : text.slice(0, Math.max(1, text.length - 2));
}

/** What a model writes into a slot that it gets wrong: nothing, too much or too little, or something else. */
function wrongValues(situation: Situation, learned: SlotQuestion, name: string): readonly unknown[] {
  const truth = learned.truth.get(name) ?? [];
  const input = learned.question.instance.input;
  const draw = situation.rng.derive('slot', name);
  const kind = draw.next();
  const traps = createRng(`textbook/${learned.question.name}/trap ${name}`);
  const habits = createRng(`slot/${name}/${situation.lasting(situation.question, 'slot', name)}`);
  const rng =
    kind < slips.slots.anybody ? traps : kind < slips.slots.anybody + slips.slots.own ? habits : draw;
  if (truth.length === 0) return [invented(learned, name, input, rng)];
  const what = rng.next();
  if (what < slotErrors.missing) return truth.slice(0, -1);
  const at = rng.integer(truth.length);
  const other =
    what < slotErrors.missing + slotErrors.wrongSpan
      ? otherSpan(String(truth[at]), input, rng)
      : invented(learned, name, input, rng);
  return truth.map((value, index) => (index === at ? other : value));
}

function invented(learned: SlotQuestion, name: string, input: string, rng: Rng): unknown {
  const right = keyOf(learned.truth.get(name));
  const values = learned.elsewhere(name).filter((value) => keyOf([value]) !== right);
  if (values.length > 0 && rng.next() < 0.6) return rng.pick(values);
  const words = input.match(/[\p{L}\d][\p{L}\d'-]*/gu) ?? ['unknown'];
  return words
    .slice(rng.integer(words.length))
    .slice(0, 1 + rng.integer(3))
    .join(' ');
}

/** The value with a word more or less than the input has there. */
function otherSpan(value: string, input: string, rng: Rng): string {
  const words = value.split(/\s+/);
  if (words.length > 1 && rng.next() < 0.5)
    return (rng.next() < 0.5 ? words.slice(1) : words.slice(0, -1)).join(' ');
  const at = input.toLowerCase().indexOf(value.toLowerCase());
  const before = at < 0 ? undefined : /([\p{L}\d'-]+)\s+$/u.exec(input.slice(0, at))?.[1];
  const after = at < 0 ? undefined : /^\s+([\p{L}\d'-]+)/u.exec(input.slice(at + value.length))?.[1];
  if (before !== undefined && (after === undefined || rng.next() < 0.5)) return `${before} ${value}`;
  if (after !== undefined) return `${value} ${after}`;
  return value.length > 3 ? value.slice(0, -1) : `${value}0`;
}
