import { elementAt } from '../../core/element-at.ts';
import { finalText } from './final-text.ts';
import { finalStatements, type StatementOrder, withoutRunOn } from './statements.ts';

/** What a stretch says of a choice: its letter, that it names none, or several. */
type Reading = { readonly letter: string } | 'none' | 'several';

/** Marks around a letter: emphasis, quotes, brackets, LaTeX. */
const openMarks = String.raw`(?:[\s*_${'`'}"'“”‘’«»「『【([{$<:：]|\\\(|\\\[|\\(?:text|math)[a-z]{0,6}\s?\{|\\(?:boxed|fbox)\s?\{)`;
const closeMarks = String.raw`[\s*_${'`'}"'“”‘’«»」』】)\]}$>\\.,;:：。!]`;
const optionWords = String.raw`(?:(?:the|an?)\s)?(?:(?:correct|right|best|final)\s)?(?:options?|choices?|letter|answer|alternative|statement|opción|opcion|opção|opzione|alternativa|option|antwort|réponse|lettre|lettera|letra|选项|選項|选择|選択肢|번)`;
const leading = new RegExp(
  String.raw`^${openMarks}{0,12}(?:${optionWords}[\s:]{0,3})?${openMarks}{0,12}([A-Za-z])(?![\p{L}\d'’_])`,
  'iu',
);
const furtherLetter = new RegExp(
  String.raw`^${closeMarks}{0,8}?\s{0,2}(?:,|/|&|;|、|\bor\b|\band\b|\bo\b|\by\b|\bou\b|\bet\b|\boder\b|\bund\b|或|和|와|と|,\s{0,2}(?:or|and)\b)\s{0,2}(?:${optionWords}\s?)?${openMarks}{0,6}([A-Z])(?![\p{L}\d'’_])(?!\s+(?:is|was|would|does|has|are|and\s[a-z]{3})\b)`,
  'u',
);
/** After a letter: it is denied. */
const denied =
  /^["'“”’)\]}*_.\s]{0,6}(?:(?:is|are|was|seems|looks|would be|must be|can be|could be)\s+(?:also\s+|clearly\s+|therefore\s+|definitely\s+)?(?:not\b|wrong|incorrect|false|invalid|too\b|out\b|eliminated|excluded|ruled out|impossible|unlikely|inconsistent|untrue|irrelevant|a distractor)|(?:isn|aren|wasn|doesn|can|couldn|won|wouldn)['’]t\b|(?:cannot|can not|does not|do not|could not|fails)\b|不正确|不對|不对|错误|錯誤|是错|ist falsch|ist nicht|es incorrect|no es\b|est fau(?:x|sse)|n['’]est pas)/iu;
/** Before a letter: it is denied. */
const denying =
  /(?:\b(?:not|cannot|never|neither|nor|exclude[sd]?|excluding|eliminat(?:es?|ed|ing)|reject(?:s|ed|ing)?|rul(?:es?|ed|ing) out|than|instead of|except|unlike)|n['’]t(?: be)?|不是|不选|排除)\s{0,2}(?:be\s|by\s|choose\s|pick\s|select\s|option\s|choice\s|answer\s|the\s|selects?\s){0,3}["'“(*_[]{0,4}$/iu;

/**
 * The letter (A to Z) that a multiple-choice answer picks: from its final statements, a lone letter on the last
 * or first line, `B) …` at the start, picks in prose (`B is correct`, `I choose B`), else the last letter in
 * brackets or bold. Letters that are denied (`A is wrong`) do not count. `null` when there is none, and when a
 * statement names several (`A or B`).
 */
export function extractChoice(answer: string, order: StatementOrder = 'last'): string | null {
  const text = finalText(answer).normalize('NFKC');
  for (const { kind, text: said } of finalStatements(text, order)) {
    const found = kind === 'wrapped' && said.includes('\n') ? proseChoice(said) : statedChoice(said);
    if (found === 'several') return null;
    if (found !== 'none') return found.letter;
  }
  const found = proseChoice(withoutRunOn(text));
  return typeof found === 'string' ? null : found.letter;
}

/** The pick of a stretch that says what the answer is: there an `A` is no article. */
function statedChoice(said: string): Reading {
  const match = leading.exec(said.slice(0, 200));
  const letter = match?.[1];
  if (match === null || letter === undefined) return onlyLetterLeft(said);
  const rest = said.slice(match[0].length, match[0].length + 60);
  if (isWord(letter, match[0], rest)) return onlyLetterLeft(said);
  if (denied.test(rest)) return onlyLetterLeft(said.slice(match[0].length));
  if (furtherLetter.test(rest)) return 'several';
  return { letter: letter.toUpperCase() };
}

/** A pick, or the one letter of `not B but D` that is not denied. */
function onlyLetterLeft(said: string): Reading {
  const picked = pickIn(said);
  if (picked !== 'none') return picked;
  const left = new Set<string>();
  for (const { 0: found, index } of said.slice(0, 100).matchAll(lettersAlone)) {
    const rest = said.slice(index + 1, index + 60);
    const isDenied = denied.test(rest) || denying.test(said.slice(Math.max(0, index - 40), index));
    if (!isDenied && !isArticle(found, rest)) left.add(found);
  }
  const [letter] = left;
  return letter !== undefined && left.size === 1 ? { letter } : 'none';
}

/** `a good one`, `I think`: a small letter or a pronoun that goes on as words do. */
function isWord(letter: string, upTo: string, rest: string): boolean {
  const isMarked = /[*_`"'([{$]/.test(upTo.at(-2) ?? '');
  if (isMarked || !/^\s+\p{L}/u.test(rest)) return false;
  if (letter === 'I')
    return /^\s+(?:think|believe|would|choose|chose|pick|am|do|don|cannot|can|have|need|guess|select|go|say|will|was|had|know|conclude|found|find|see|used|calculated)\b/.test(
      rest,
    );
  return /^[a-z]$/.test(letter) && !/^\s+(?:because|since|as|is|for|with|due|and|or|which|from)\b/.test(rest);
}

function proseChoice(text: string): Reading {
  const lines = text.split('\n').filter((line) => /[^\s`~]/.test(line));
  const first = lines[0] ?? '';
  const last = lines.at(-1) ?? '';
  if (isAlternatives(last) || (lines.length === 1 && isAlternatives(first))) return 'several';
  const found = loneLetter(last) ?? loneLetter(first) ?? startingLetter(lines);
  if (found !== undefined) return { letter: found };
  const picked = pickIn(text.slice(-20_000));
  if (picked !== 'none') return picked;
  const above = letterAboveOthers(text.slice(0, 20_000));
  return above === undefined ? markedLetter(text) : { letter: above };
}

const lone = new RegExp(
  String.raw`^${openMarks}{0,12}(?:(?:${optionWords})\s{0,2}:?\s{0,2})?${openMarks}{0,12}([A-Za-z])${closeMarks}{0,8}$`,
  'iu',
);

function loneLetter(line: string): string | undefined {
  return line.length > 60 ? undefined : lone.exec(line)?.[1]?.toUpperCase();
}

/** `B) because …` or `(B) …` or `B. …` as the start of a short reply; a list of options is none. */
function startingLetter(lines: readonly string[]): string | undefined {
  const starts = lines.flatMap((line) => {
    const match = /^[\s*_`]{0,6}\(?([A-Z])(?:[).:]|\s[-–—]\s)/.exec(line.slice(0, 20));
    return match?.[1] === undefined ? [] : [{ letter: match[1], rest: line.slice(match[0].length) }];
  });
  // A small one begins a list of anything, unless it is all of the answer.
  const small = lines.length === 1 ? /^[\s*_`]{0,6}\(?([a-z])[).][*_]{0,2}\s(.*)/.exec(lines[0] ?? '') : null;
  if (small?.[1] !== undefined && !denied.test(small[2] ?? '')) return small[1].toUpperCase();
  const [only] = starts;
  return starts.length === 1 && only !== undefined && !denied.test(only.rest) ? only.letter : undefined;
}

/**
 * `C. Carbon dioxide` with a list of the other options below: the first letter stands out of the list's order, or
 * apart from it.
 */
function letterAboveOthers(text: string): string | undefined {
  const mark =
    /(?:^[\s*_`•-]{0,8}(?:\(?([A-Z])[).:]|[Oo]ption\s([A-Z])[*_]{0,2}[:.)])|(?<=[.!?]\s)[Oo]ption\s([A-Z]):)(?=[*_]{0,2}\s([^\n]{0,60}))/gm;
  const marks = [...text.matchAll(mark)].map((match) => ({
    letter: match[1] ?? match[2] ?? match[3] ?? '',
    index: match.index,
    rest: match[4] ?? '',
  }));
  const [first, second, third] = marks;
  if (first === undefined || second === undefined || text.slice(0, first.index).trim() !== '')
    return undefined;
  if (/^[*_\s]{0,4}(?:wrong|incorrect)\b/i.test(first.rest)) return undefined;
  if (denied.test(first.rest) || marks.filter(({ letter: each }) => each === first.letter).length > 1)
    return undefined;
  const between = (from: number, to: number): string[] => text.slice(from, to).trim().split('\n').slice(1);
  const before = between(first.index, second.index);
  const isApart =
    before.some((line) => line.trim() !== '') &&
    (third === undefined || between(second.index, third.index).every((line) => line.trim() === ''));
  return first.letter > second.letter || isApart ? first.letter : undefined;
}

/** A line that is nothing but letters: `A, B, C`. */
function isAlternatives(line: string): boolean {
  return (
    line.length <= 60 &&
    /^[\s*_(]{0,4}[A-Z]\)?(?:\s{0,2}(?:,|\/|&|or|and|, or|, and)\s{0,2}\(?[A-Z]\)?){1,25}[\s*_).]{0,4}$/.test(
      line,
    )
  );
}

const letter = String.raw`["'“(*_\[$]{0,4}(?<letter>[A-Z])(?![\p{L}\d'’])`;
/** Where words have no spaces between them. */
const cjkLetter = String.raw`["'“(*_\[$]{0,4}(?<letter>[A-Z])(?![A-Za-z\d])`;
const picks = [
  // I choose B; go with option (B); leaving D
  String.raw`\b(?:choos(?:e|es|ing)|chose|chosen|pick(?:s|ed|ing)?|select(?:s|ed|ing)?|go(?:es|ing)?\s(?:with|for)|went\swith|opt(?:s|ed|ing)?\sfor|settle\son|leav(?:es?|ing)|left\swith|vote\sfor|favou?rs?|answer(?:\swith)?|prefer)\s{1,2}(?:only\s)?(?:${optionWords}\s)?${letter}`,
  // the correct one is B; option that fits best: B
  String.raw`\b(?:correct|right|best|true|appropriate|likely|suitable|accurate)\s{1,2}(?:one|option|choice|answer|statement|alternative|response|letter|match|fit)?\s{0,2}(?:is|was|:|would\sbe|must\sbe|should\sbe|seems\sto\sbe)\s{1,2}(?:therefore\s|thus\s|then\s|clearly\s)?(?:${optionWords}\s)?${letter}`,
  // so it must be B; that makes it B; Hence, B.
  String.raw`(?:^|[.\n:;,]\s{0,3})[*_]{0,2}(?:so|hence|thus|therefore|consequently|accordingly|finally|in\sconclusion|clearly)\b[*_,:]{0,3}\s{1,2}(?:it\s(?:is|must\sbe|has\sto\sbe|should\sbe)\s|it['’]s\s|we\sget\s|that\sis\s|the\sanswer\sis\s)?(?:${optionWords}\s)?${letter}(?=[\s"'”)*_\]]{0,4}(?:[.,;!]|$|\n|\s(?:because|since|as|is)\b))`,
  // I think it is B; it's B
  String.raw`(?<!\b(?:if|suppose|supposing|assume|assuming|whether|unless|when|because)\s(?:that\s)?)\bit(?:\s(?:is|was|must\sbe|has\sto\sbe|should\sbe|would\sbe)|['’]s)\s{1,2}(?:therefore\s|thus\s|clearly\s|definitely\s)?(?:${optionWords}\s)?${letter}(?=[\s"'”)*_\]]{0,4}(?:[.,;!)]|$|\n|\s(?:because|since|as)\b))`,
  // B is correct; (B) fits best
  String.raw`(?<![\p{L}\d'’])${letter}["'”)*_\]]{0,4}\s{1,2}(?:(?:is|seems|looks|must\sbe|should\sbe|would\sbe|appears\sto\sbe|has\sto\sbe)\s(?:clearly\s|therefore\s|thus\s|indeed\s|definitely\s|the\s|most\s|only\s|a\s)*(?:correct|right|best|true|answer|one|accurate|appropriate|likely|solution)|fits\b|matches\b|works\b|holds\b|ist\srichtig|es\s(?:la\s)?correcta?|est\s(?:la\s)?(?:bonne|correcte?))`,
  String.raw`(?:选项|選項|选择|選擇|应选|故选|选|正解は|答えは|정답은)\s?${cjkLetter}`,
  String.raw`${cjkLetter}[)\s]{0,2}(?:是正确|是正確的|是正確|正确|正確|项正确|为正确|が正し|이 정답|가 정답)`,
].map((source) => new RegExp(source, 'gimu'));

/** The last pick in prose that is not denied. */
function pickIn(text: string): Reading {
  let best: { readonly index: number; readonly letter: string; readonly rest: string } | undefined;
  for (const pattern of picks) {
    for (const match of text.matchAll(pattern)) {
      const { letter: found } = match.groups ?? {};
      if (found === undefined || !/[A-Z]/.test(found)) continue;
      const at = match.index + match[0].lastIndexOf(found, match[0].length);
      const place = match.index + match[0].indexOf(found, Math.max(0, match[0].search(letterAlone)));
      const rest = text.slice(place + 1, place + 60);
      if (denied.test(rest) || denying.test(text.slice(Math.max(0, place - 40), place))) continue;
      if (isArticle(found, rest)) continue;
      if (best === undefined || at > best.index) best = { index: at, letter: found, rest };
    }
  }
  if (best === undefined) return 'none';
  return furtherLetter.test(best.rest) ? 'several' : { letter: best.letter };
}

const letterAlone = /(?<![A-Za-z\d'’])[A-Z](?![A-Za-z\d'’])/u;
const lettersAlone = new RegExp(letterAlone, 'gu');

/** In free prose an unmarked `A` or `I` before a word is no pick. */
function isArticle(found: string, rest: string): boolean {
  return (
    /^[AI]$/.test(found) &&
    /^\s+(?!because|since|as\b|is\b|seems|looks|must|fits|matches|works|holds)[a-z]/.test(rest)
  );
}

/** The last letter in brackets, in bold or after `option` that is not denied. */
function markedLetter(text: string): Reading {
  let found: Reading = 'none';
  const marked = /(?:\*\*|\(|\b[Oo]ption |\b[Cc]hoice )\(?([A-Z])(?:\)|\*\*|\b(?!['’]))/g;
  for (const match of text.matchAll(marked)) {
    const end = match.index + match[0].length;
    if (
      denied.test(text.slice(end, end + 60)) ||
      denying.test(text.slice(Math.max(0, match.index - 40), match.index + 1).replace(/[(*]$/, ''))
    )
      continue;
    found = { letter: elementAt(match, 1) };
  }
  return found;
}
