import { isRecord } from '../../core/records.ts';
import { isCode, labelsOf, lettersOf } from '../../grading/gold-form.ts';
import { type GraderForm, goldFormOf } from './gold-forms.ts';
import { mergeLabels } from './gold-readings.ts';

export interface GraderGuess {
  readonly grader: string;
  /** Why, for people: `all 200 gold answers are numbers`. */
  readonly because: string;
}

/** Words above which texts are held to be prose rather than short answers. */
const proseWords = 12;
const longestLabel = 80;
/** Most classes that a field of numbers is taken to have. */
const mostNumberedClasses = 100;
/** Fields whose numbers name classes. */
const classField =
  /(^|[._\s])(label|labels|class|category|intent|sentiment|topic|polarity|rating|stars|toxicity)(_?id|_?idx)?$/i;

/**
 * Which grader gold answers probably want, from their form and the name of their field.
 * @param golds at least one.
 */
export function guessGrader(golds: readonly unknown[], field = ''): GraderGuess {
  const all = `all ${golds.length} gold answers`;
  const every = (grader: string): boolean => {
    const form: GraderForm = goldFormOf(grader);
    return golds.every((gold) => form.fits(gold));
  };
  if (every('code-tests')) return { grader: 'code-tests', because: `${all} are tests` };
  if (golds.every(isSchema)) return { grader: 'json-schema', because: `${all} are JSON Schemas` };
  if (every('extraction')) return { grader: 'extraction', because: `${all} are slots or entities` };
  // What is wrong with their slots is told then.
  if (golds.every(holdsObjects)) return { grader: 'extraction', because: `${all} are objects` };
  const labels = labelsOf(mergeLabels(golds).golds);
  if (areNumberedClasses(golds, labels, field)) {
    return { grader: 'classification', because: `the numbers of ${field} name ${labels.length} classes` };
  }
  if (every('numeric')) {
    if (!golds.some(isCode)) return { grader: 'numeric', because: `${all} are numbers` };
    return {
      grader: 'exact',
      because:
        'some gold answers are codes (a leading zero or very many digits), which are compared as texts',
    };
  }
  if (every('choice') && areChoices(golds))
    return { grader: 'choice', because: `${all} are letters of choices` };
  const short = labels.every((label) => label.length <= longestLabel && !label.includes('\n'));
  const yesOrNo = labels.length === 2 && labels.every((label) => /^(yes|no|true|false)$/i.test(label));
  if (
    every('classification') &&
    short &&
    labels.length >= 2 &&
    (yesOrNo || labels.length <= golds.length / 2)
  ) {
    return {
      grader: 'classification',
      because: `there are only ${labels.length} different gold answers to ${golds.length} instances`,
    };
  }
  if (every('summary') && medianWords(golds) >= proseWords) {
    return { grader: 'summary', because: 'the gold answers are longer texts' };
  }
  if (golds.every(Array.isArray)) {
    const because = `${all} are lists of texts, of which any one is right (--grader extraction: all of them count)`;
    return { grader: 'exact', because };
  }
  const because =
    labels.length === 1
      ? 'there is one gold answer only'
      : `the gold answers are ${labels.length} different texts, which are compared as they are`;
  return { grader: 'exact', because };
}

function areNumberedClasses(golds: readonly unknown[], labels: readonly string[], field: string): boolean {
  return (
    classField.test(field) &&
    golds.every((gold) => /^-?\d{1,4}$/.test(String(gold).trim())) &&
    labels.length >= 2 &&
    labels.length <= Math.min(mostNumberedClasses, golds.length / 2)
  );
}

/** Letters from A on, as options have them; Y and N, or x and y, are labels or names. */
function areChoices(golds: readonly unknown[]): boolean {
  if (golds.every((gold) => /^\s*[a-z]\s*$/.test(String(gold)))) return false;
  if (golds.every((gold) => /\(.\)/.test(String(gold)))) return true;
  const letters = new Set(golds.map(lettersOf));
  const last = Math.max(...[...letters].map((letter) => letter.charCodeAt(0) - 'A'.charCodeAt(0)));
  return last < Math.max(10, 2 * letters.size);
}

function isSchema(gold: unknown): boolean {
  if (!isRecord(gold)) return false;
  return '$schema' in gold || (typeof gold.type === 'string' && ('properties' in gold || 'items' in gold));
}

function holdsObjects(gold: unknown): boolean {
  return isRecord(gold) || (Array.isArray(gold) && gold.some(isRecord));
}

function medianWords(golds: readonly unknown[]): number {
  const lengths = golds
    .map(
      (gold) =>
        String(Array.isArray(gold) ? gold[0] : gold)
          .trim()
          .split(/\s+/).length,
    )
    .sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? 0;
}
