import type { GraderSpec, TaskFile } from '../../domain/task.ts';
import { isRecord } from './values.ts';

/** How a grader's gold answers look, and what a task with that grader starts from. */
export interface GoldForm {
  readonly grader: string;
  readonly answer: TaskFile['answer'];
  /** What a gold has to be, for error texts. */
  readonly expected: string;
  fits(gold: unknown): boolean;
  /** A prompt for people who give none. */
  prompt(golds: readonly unknown[]): string | undefined;
}

const text = (gold: unknown): boolean => typeof gold === 'string' && gold.trim() !== '';
const textOrList = (gold: unknown): boolean =>
  text(gold) || (Array.isArray(gold) && gold.length > 0 && gold.every(text));
const numberText =
  /^\s*[-+−]?\s*[$€£¥]?\s*(\d[\d,'_]*(\.\d+)?|\.\d+)(\s*\/\s*\d+)?\s*(e[-+]?\d+)?\s*%?\s*([\p{L}°²³]{1,12})?\s*$/iu;
/** LaTeX as data sets of mathematics write numbers, in plain notation: fractions, units, signs of money. */
const withoutLatex = (value: string): string =>
  value
    .trim()
    .replace(/^\$([^$]*)\$$/, '$1')
    .replaceAll(/\\[dt]?frac\s*\{\s*(-?[\d.]+)\s*\}\s*\{\s*([\d.]+)\s*\}/g, '$1/$2')
    .replaceAll(/\\[dt]?frac\s*(\d)\s*(\d)/g, '$1/$2')
    .replaceAll(/\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}/g, '$1')
    .replaceAll(/\\[!,;: ]|\^\{?\\circ\}?/g, '')
    .replaceAll(/\\([$%])/g, '$1');
const isNumber = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && numberText.test(withoutLatex(value)));
const scalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
const isSlots = (gold: unknown): boolean =>
  isRecord(gold) &&
  Object.values(gold).every((value) => scalar(value) || (Array.isArray(value) && value.every(scalar)));
const isEntities = (gold: unknown): boolean =>
  Array.isArray(gold) &&
  gold.every(
    (entity) =>
      isRecord(entity) && typeof entity.type === 'string' && ('value' in entity || 'text' in entity),
  );
const testText = (value: unknown): boolean => typeof value === 'string' && /\bassert\w*\b/.test(value);
const isTests = (gold: unknown): boolean =>
  testText(gold) ||
  (Array.isArray(gold) &&
    gold.length > 0 &&
    gold.every((test) => typeof test === 'string') &&
    gold.some(testText)) ||
  (isRecord(gold) && 'tests' in gold && isTests(gold.tests));

/** Most labels listed in a prompt made up here. */
const mostListed = 200;

export const goldForms: readonly GoldForm[] = [
  {
    grader: 'code-tests',
    answer: 'code',
    expected: 'Python tests: assert statements, or an object with "tests"',
    fits: isTests,
    prompt: () => '{{input}}\n\nAnswer with Python code only: no explanation, no Markdown.',
  },
  {
    grader: 'json-schema',
    answer: 'json',
    expected: 'a JSON Schema',
    fits: (gold) => isRecord(gold),
    prompt: () => '{{input}}\n\nAnswer with JSON only.',
  },
  {
    grader: 'extraction',
    answer: 'json',
    expected: 'an object of slots ({"city": "Rome"}) or a list of entities ({"type", "value"})',
    fits: (gold) => isSlots(gold) || isEntities(gold),
    prompt: (golds) => {
      const keys = keysOf(golds);
      const form = golds.some((gold) => Array.isArray(gold))
        ? `a JSON list of objects {"type", "value"}; types: ${keys.join(', ')}`
        : `one JSON object; keys: ${keys.join(', ')}; leave out those whose value is not stated`;
      return `Take these facts out of the text, with values as the text writes them. Answer with ${form}. Nothing else.\n\nText:\n{{input}}`;
    },
  },
  {
    grader: 'numeric',
    answer: 'number',
    expected: 'a number',
    fits: (gold) => isNumber(gold) || (Array.isArray(gold) && gold.length > 0 && gold.every(isNumber)),
    prompt: () => '{{input}}\n\nEnd with a line of the form "The answer is N."',
  },
  {
    grader: 'choice',
    answer: 'choice',
    expected: 'a letter of a choice',
    fits: (gold) => typeof gold === 'string' && /^\s*\(?[A-Za-z]\)?\.?\s*$/.test(gold),
    prompt: () => '{{input}}\n\nEnd with the letter of the right choice.',
  },
  {
    grader: 'classification',
    answer: 'label',
    expected: 'a label',
    fits: (gold) =>
      text(gold) || typeof gold === 'boolean' || (typeof gold === 'number' && Number.isFinite(gold)),
    prompt: (golds) => {
      const labels = labelsOf(golds);
      if (labels.every((label) => /^(yes|no|true|false)$/i.test(label))) {
        return `{{input}}\n\nAnswer with one word only: ${labels.join(' or ')}.`;
      }
      return `Which label fits this text? Answer with one of the labels only.\n\nLabels: ${labels.slice(0, mostListed).join(', ')}\n\nText:\n{{input}}`;
    },
  },
  {
    grader: 'summary',
    answer: 'text',
    expected: 'a reference summary, or a list of them',
    fits: textOrList,
    prompt: () => 'Summarise this text. Answer with the summary only.\n\n{{input}}',
  },
  {
    grader: 'exact',
    answer: 'text',
    expected: 'a text, or a list of accepted texts',
    fits: textOrList,
    prompt: () =>
      '{{input}}\n\nAnswer with the answer alone, in as few words as it takes: no sentence, no explanation.',
  },
  {
    grader: 'contains',
    answer: 'text',
    expected: 'a text, or a list of texts',
    fits: textOrList,
    prompt: () => undefined,
  },
  { grader: 'regex', answer: 'text', expected: 'a regular expression', fits: text, prompt: () => undefined },
  { grader: 'judge', answer: 'text', expected: 'a reference answer', fits: text, prompt: () => undefined },
];

/** The form of a grader's gold answers; graders not known here take any. */
export function goldFormOf(grader: string): GoldForm {
  return (
    goldForms.find((form) => form.grader === grader) ?? {
      grader,
      answer: 'text',
      expected: 'a gold answer',
      fits: () => true,
      prompt: () => undefined,
    }
  );
}

/** Digits that are a name and no amount: a leading zero, or more than a number keeps apart. */
export function isCode(gold: unknown): boolean {
  return typeof gold === 'string' && /^\s*(0\d+|\d{16,})\s*$/.test(gold);
}

export function labelsOf(golds: readonly unknown[]): string[] {
  return [...new Set(golds.map((gold) => String(gold).trim()))].sort();
}

/** The grader's spec for these gold answers. */
export function specOf(grader: string, golds: readonly unknown[]): GraderSpec {
  const labels = grader === 'classification' ? labelsOf(golds) : [];
  return labels.length >= 2 ? { name: grader, labels } : { name: grader };
}

function keysOf(golds: readonly unknown[]): string[] {
  const keys = golds.flatMap((gold) => {
    if (Array.isArray(gold)) return gold.map((entity: { readonly type: string }) => entity.type);
    return isRecord(gold) ? Object.keys(gold) : [];
  });
  return [...new Set(keys)].sort();
}
