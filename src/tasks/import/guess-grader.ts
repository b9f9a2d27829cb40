import { goldFormOf, labelsOf } from './gold-forms.ts';
import { isRecord } from './read-table.ts';

export interface GraderGuess {
  readonly grader: string;
  /** Why, for people: `all 200 gold answers are numbers`. */
  readonly because: string;
}

/** Words above which texts are held to be prose rather than short answers. */
const proseWords = 12;
const longestLabel = 80;

/** Which grader gold answers probably want, from their form alone. At least one gold. */
export function guessGrader(golds: readonly unknown[]): GraderGuess {
  const all = `all ${golds.length} gold answers`;
  const every = (grader: string): boolean => golds.every((gold) => goldFormOf(grader).fits(gold));
  if (every('code-tests')) return { grader: 'code-tests', because: `${all} are tests` };
  if (golds.every(isSchema)) return { grader: 'json-schema', because: `${all} are JSON Schemas` };
  if (every('extraction')) return { grader: 'extraction', because: `${all} are slots or entities` };
  if (every('numeric')) return { grader: 'numeric', because: `${all} are numbers` };
  if (every('choice')) return { grader: 'choice', because: `${all} are letters from A to J` };
  const labels = labelsOf(golds);
  const short = labels.every((label) => label.length <= longestLabel && !label.includes('\n'));
  if (every('classification') && short && labels.length >= 2 && labels.length <= golds.length / 2) {
    return {
      grader: 'classification',
      because: `there are only ${labels.length} different gold answers to ${golds.length} instances`,
    };
  }
  if (every('summary') && medianWords(golds) >= proseWords) {
    return { grader: 'summary', because: 'the gold answers are longer texts' };
  }
  return { grader: 'exact', because: 'the gold answers are short texts, mostly different' };
}

function isSchema(gold: unknown): boolean {
  if (!isRecord(gold)) return false;
  return '$schema' in gold || (typeof gold.type === 'string' && ('properties' in gold || 'items' in gold));
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
