import { elementAt } from '../../core/element-at.ts';
import { escapePattern } from '../../core/escape-pattern.ts';
import { remembered } from '../../core/remembered.ts';
import { finalText } from './final-text.ts';
import { finalStatements, type StatementOrder, withoutRunOn } from './statements.ts';
import { normalizeText } from './text.ts';

/** A label for comparison: as text, with hyphens, underscores and spaces alike. */
export function normalizeLabel(text: string): string {
  return normalizeText(text)
    .replaceAll(/[\s_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

/** UTF-16 units of the first and the last line that are read. */
const longestLine = 2_000;

/** What is said of labels: one of them, none, or several. */
type Reading = { readonly label: string } | 'none' | 'several';

/**
 * The label that an answer gives: from its final statements, else from its only, last or first line. When the
 * labels are known also one that the answer begins with (`Yes, because …`), that its last line alone mentions, or
 * that alone is mentioned and not denied. `null` when there is none, and when a statement names several.
 */
export function extractLabel(
  answer: string,
  labels?: readonly string[],
  order: StatementOrder = 'last',
): string | null {
  const text = finalText(answer);
  const statements = finalStatements(text, order);
  const body = withoutRunOn(text);
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const first = lines[0]?.slice(0, longestLine) ?? '';
  const last = lines.at(-1)?.slice(-longestLine) ?? '';
  if (labels === undefined) {
    const stated = [...statements.map((statement) => firstClause(statement.text)), last, first];
    return (
      stated.map((candidate) => normalizeLabel(candidate.slice(0, 500))).find((label) => label !== '') ?? null
    );
  }
  const known = remembered(knownLabels, labels, () => new KnownLabels(labels));
  const readings = function* (): Generator<Reading> {
    for (const { text: said } of statements) yield known.statedIn(said);
    yield known.affirmedIn(lines.slice(-2 * labels.length));
    yield known.exactly(last);
    yield known.exactly(first);
    yield known.exactly(firstClause(last));
    yield known.beginning(first);
    yield known.mentionedIn(last, 'none');
    yield known.mentionedIn(last.slice(last.slice(0, -2).search(/[.!?;]\s+[^.!?;]*$/) + 1), 'none');
    yield known.mentionedIn(body.slice(-20_000), 'several');
  };
  for (const reading of readings()) {
    if (reading === 'several') return null;
    if (reading !== 'none') return reading.label;
  }
  return null;
}

/** `positive (confidence 0.9)`, `False, because …`: what is said first. */
function firstClause(said: string): string {
  return /^[^\n]*?(?=\s\(|[,;]\s|\.\s|\s[-–—]\s|\s(?:because|since|as)\s|$)/u.exec(said)?.[0] ?? said;
}

/** By a list of labels, which never changes: each answer of a task is read with the same one. */
const knownLabels = new WeakMap<readonly string[], KnownLabels>();

class KnownLabels {
  readonly #byForm: ReadonlyMap<string, string>;
  readonly #mention: RegExp;

  constructor(labels: readonly string[]) {
    // `P1 (urgent)` is also called `P1`, where no other label is.
    const short = labels.map((label) => label.replace(/\s*\([^()]*\)\s*$/, ''));
    const aliases = labels.flatMap((label, index) => {
      const alias = elementAt(short, index);
      return alias !== label && alias !== '' && short.filter((other) => other === alias).length === 1
        ? [[normalizeLabel(alias), label] as const]
        : [];
    });
    this.#byForm = new Map([...aliases, ...labels.map((label) => [normalizeLabel(label), label] as const)]);
    const forms = [...labels, ...short].filter((label) => label !== '').sort((a, b) => b.length - a.length);
    const written = [...new Set(forms)].map((label) =>
      label
        .normalize('NFKC')
        .split(/[\s_-]+/)
        .map(escapePattern)
        .join('[\\s_-]{1,3}'),
    );
    this.#mention = new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${written.join('|')})(?![\\p{L}\\p{N}]|[+#](?=[+#\\s.,]|$))`,
      'giu',
    );
  }

  exactly(text: string): Reading {
    const label = this.#byForm.get(normalizeLabel(text.slice(0, 500)));
    return label === undefined ? 'none' : { label };
  }

  /** The label with `yes` where each stands in a line with its verdict: `positive: no`, `negative: yes`. */
  affirmedIn(lines: readonly string[]): Reading {
    const verdicts = lines.flatMap((line) => {
      const row =
        /^(?:[\s*_>•-]|\d{1,3}[.)]\s){0,8}(\S[^:：\n]{0,200}?)[*_\s]{0,4}(?:[:：=→]|\s[-–—]\s)[*_\s]{0,4}(yes|no|true|false|✓|✗|✅|❌)[*_\s.]{0,4}$/iu.exec(
          line.slice(0, 300),
        );
      const named = row === null ? 'none' : this.exactly(elementAt(row, 1));
      return typeof named === 'string'
        ? []
        : [{ label: named.label, isYes: /yes|true|✓|✅/i.test(row?.[2] ?? '') }];
    });
    if (verdicts.length < 2) return 'none';
    const [only, another] = verdicts.filter(({ isYes }) => isYes);
    return only === undefined || another !== undefined ? 'several' : { label: only.label };
  }

  /** The label of a stretch that says what it is: all of it, its first clause, its beginning, the only one in it. */
  statedIn(said: string): Reading {
    const exact = this.exactly(said);
    if (exact !== 'none') return exact;
    const clause = this.exactly(firstClause(said));
    if (clause !== 'none') return clause;
    const mentioned = this.#mentions(said);
    const [first] = mentioned;
    if (first === undefined) return 'none';
    const others = mentioned.filter(({ label }) => label !== first.label);
    if (others.length === 0) return { label: first.label };
    const isFirst = /^[\s*_"'“(:`]*$/.test(said.slice(0, first.index));
    const next = others[0]?.index ?? 0;
    const between = said.slice(first.end, next);
    return isFirst && !/^[\s*_"'”)]*(?:,|\/|or|and|&|\||oder|ou)[\s*_"'“(]*(?:or |and )?$/iu.test(between)
      ? { label: first.label }
      : 'several';
  }

  /** `Yes, because …`, `No. There is …`: a label at the beginning with a stop behind it. */
  beginning(line: string): Reading {
    const [first, second] = this.#mentions(line);
    if (first === undefined || !/^[\s*_"'“(`]*$/.test(line.slice(0, first.index))) return 'none';
    const rest = line.slice(first.end);
    if (!/^[*_"'”)`]*(?:[,.;:!]|\s[-–—]\s|\s(?:because|since|as)\b|\s\()/.test(rest)) return 'none';
    const isList =
      second !== undefined &&
      second.label !== first.label &&
      /^[,\s]*(?:or|and)?\s*$/i.test(line.slice(first.end, second.index));
    return isList ? 'none' : { label: first.label };
  }

  /** The only label that a text mentions and does not deny. */
  mentionedIn(text: string, several: 'several' | 'none'): Reading {
    const labels = new Set(this.#mentions(text).map(({ label }) => label));
    const [label] = labels;
    if (label === undefined) return 'none';
    return labels.size > 1 ? several : { label };
  }

  #mentions(text: string): { readonly label: string; readonly index: number; readonly end: number }[] {
    const found: { label: string; index: number; end: number }[] = [];
    for (const { 0: written, index } of text.normalize('NFKC').matchAll(this.#mention)) {
      const label = this.#byForm.get(normalizeLabel(written));
      const isDenied =
        /(?:\b(?:not|neither|nor|never|rather than|instead of)|n['’]t)\s+(?:be\s|really\s|a\s|an\s|the\s|quite\s|at all\s)?["'“*_(]{0,3}$/iu.test(
          text.slice(Math.max(0, index - 30), index),
        );
      if (label !== undefined && !isDenied) found.push({ label, index, end: index + written.length });
    }
    return found;
  }
}
