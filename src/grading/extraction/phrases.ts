/** What answers are called, by language; the list that every reader of final statements uses. */
const answerNouns: Readonly<Record<string, readonly string[]>> = {
  arabic: ['الإجابة', 'الاجابة', 'الجواب', 'جواب', 'إجابة'],
  bengali: ['উত্তর'],
  bulgarian: ['отговор', 'отговорът'],
  catalan: ['resposta'],
  czech: ['odpověď', 'výsledek'],
  danish: ['svaret', 'svar', 'resultatet'],
  dutch: ['antwoord', 'eindantwoord'],
  finnish: ['vastaus'],
  french: ['réponse', 'réponse finale', 'résultat', 'résultat final', 'bonne réponse', 'bonne option'],
  german: [
    'antwort',
    'endantwort',
    'lösung',
    'ergebnis',
    'endergebnis',
    'richtige option',
    'korrekte option',
  ],
  greek: ['απάντηση'],
  hebrew: ['תשובה', 'התשובה'],
  hindi: ['उत्तर', 'जवाब'],
  hungarian: ['válasz', 'a válasz', 'végeredmény'],
  indonesian: ['jawaban', 'jawapan'],
  italian: [
    'risposta',
    'risposta finale',
    'risultato',
    'soluzione',
    'opzione corretta',
    'alternativa corretta',
  ],
  persian: ['پاسخ'],
  polish: ['odpowiedź', 'wynik'],
  portuguese: ['resposta', 'resposta final', 'resultado', 'opção correta', 'alternativa correta'],
  romanian: ['răspuns', 'răspunsul', 'raspuns', 'raspunsul'],
  russian: ['ответ', 'итоговый ответ', 'правильный ответ'],
  spanish: [
    'respuesta',
    'respuesta final',
    'resultado',
    'solución',
    'opción correcta',
    'alternativa correcta',
  ],
  swahili: ['jibu'],
  swedish: ['svaret', 'svar'],
  tamil: ['பதில்', 'விடை'],
  telugu: ['సమాధానం'],
  turkish: ['cevap', 'yanıt', 'cevabı', 'cevabınız'],
  ukrainian: ['відповідь'],
  vietnamese: ['đáp án', 'câu trả lời', 'trả lời'],
};
/** Of languages that put no spaces between words. */
const unspacedNouns = [
  ...[
    '答案',
    '最终答案',
    '正确答案',
    '正確答案',
    '正确选项',
    '正確選項',
    '应选',
    '应该选',
    '故选',
    '選擇',
    '选择',
    '回答',
    '答',
    '解答',
    '結論',
    '结论',
  ],
  ...['答え', '正解', '最終的な答え', '정답', '답변', '대답', '답', '해답', 'คำตอบ'],
];
const are = [
  ...[
    'est',
    'es',
    'è',
    'é',
    'este',
    'e',
    'ist',
    'lautet',
    'beträgt',
    'wäre',
    'sera',
    'será',
    'is',
    'er',
    'är',
    'to',
    'je',
    'on',
  ],
  ...[
    'equals',
    'adalah',
    'ialah',
    'là',
    'ni',
    'είναι',
    'είναι το',
    'est donc',
    'это',
    'равен',
    'равно',
    'هي',
    'هو',
    'है',
    'হল',
    'হলো',
    'este de',
    'is dus',
    'ist also',
    'es la',
    'est la',
    'è la',
    'ist die',
    'é a',
    'é o',
    'è il',
    'es el',
    'est le',
  ],
];
const byLength = (words: readonly string[]): string =>
  [...words].sort((a, b) => b.length - a.length).join('|');

const emphasis = String.raw`[*_\s]{0,6}`;
/** A colon, an arrow, or a dash with a space behind it. */
const colon = String.raw`\s{0,4}[*_]{0,3}\s{0,4}(?:[:：=→⇒]|[-–—](?=\s))`;

/** `answer`, `final result`, `correct option`, …: what only names the result where one of these words stands before it. */
const english = String.raw`\b(?:(?:final|correct|right|best|chosen|selected|overall|most\s(?:likely|appropriate|plausible|suitable))\s{1,3}(?:answer|result|value|solution|option|choice|letter|response|label|category|class|verdict|decision|intent|sentiment|prediction|one|statement|alternative)|answers?|ans\.?)`;
/** `to question 2`, `(in dollars)`, `for the total`. */
const about = String.raw`(?:\s{1,3}(?:to|for|of|in|here|therefore|thus|then|hence|now)\b[^.\n:=?!]{0,80}?)?(?:\s{1,3}\([^()\n]{1,40}\))?(?:\s{1,3}(?:to|for|of|in)\b[^.\n:=?!]{0,80}?)?`;
const englishIs = String.raw`\s{1,4}(?:is|was|are|equals|would\sbe|should\sbe|must\sbe|will\sbe|has\sto\sbe|(?:seems|appears|turns\sout|comes\sout|ought)\sto\sbe|comes\s(?:out\s)?to|works\sout\s(?:to|as)|becomes|(?:lies|falls)(?=\sbetween\s))\b(?!\s{1,3}(?:in|within|inside)\b)`;

const statement = new RegExp(
  [
    `(?<!\\border\\sof\\s(?:the\\s)?)${english}${emphasis}(?:${about}(?:${colon}|${englishIs})|(?=\\())`,
    `(?<![\\p{L}\\p{N}])(?:${byLength(Object.values(answerNouns).flat())})(?:\\s(?:correcta|corretta|correta|correcte|giusta|certa|exacte|juste))?${emphasis}(?:\\([^()\\n]{1,40}\\)\\s{0,3})?(?:${colon}|\\s{1,4}(?:${byLength(are)})(?![\\p{L}\\p{N}]))`,
    `(?:${byLength(unspacedNouns)})${emphasis}(?:${colon}|\\s?(?:是|为|為|应为|應為|应该是|就是|は|が|คือ|은|는|이)\\s?[:：]?|(?=\\s?[\\d(（「A-Z]))`,
  ].join('|'),
  'giu',
);
/** What says more weakly that the result follows: counted where it is the text's last line, or the label of one. */
const weakStatement = new RegExp(
  String.raw`^[\s#*_>✅•-]{0,10}(?:the\s{1,3}|overall\s{1,3}|predicted\s{1,3}|my\s{1,3})?(?:result|solution|conclusion|verdict|prediction|output|response|choice|option|label|intent|category|class|classification|sentiment|topic|decision|total|therefore|final)(?:\s{1,3}of\s[^.\n:=?!]{1,40})?(?:${colon}|\s{1,4}(?:is|was)\b)`,
  'gimu',
);
/** A line that holds nothing but the word: the answer stands below it. */
const heading = new RegExp(
  String.raw`^[\s#*_>✅🎯-]{0,10}(?:the\s)?(?:final\s|correct\s)?(?:answer|${byLength([...Object.values(answerNouns).flat(), ...unspacedNouns])}|final\sresult)[\s*_:：]{0,6}$`,
  'gimu',
);

/** What follows a phrase such as "the answer is". */
export interface Said {
  /** To the end of its line, or the next line with text where nothing stands behind the phrase. */
  readonly text: string;
  /** Index of the phrase in the text that was searched. */
  readonly index: number;
}

/** All final statements in a text, in order. */
export function saidAnswers(text: string): Said[] {
  const found = [...matchesOf(statement, text), ...matchesOf(heading, text)];
  return found.sort((a, b) => a.index - b.index);
}

/** Statements such as `Result: …` and `Sentiment: …`, which may also stand in mid-reasoning. */
export function weaklySaidAnswers(text: string): Said[] {
  return matchesOf(weakStatement, text);
}

const longestSaid = 1_000;
/** Statements looked at, from each end; an answer repeats its phrase a few times. */
const mostStatements = 200;

function matchesOf(pattern: RegExp, text: string): Said[] {
  const matches = [...text.matchAll(pattern)];
  const kept =
    matches.length <= 2 * mostStatements
      ? matches
      : [...matches.slice(0, mostStatements), ...matches.slice(-mostStatements)];
  return kept.flatMap((match) => {
    const rest = text.slice(match.index + match[0].length, match.index + match[0].length + longestSaid);
    const said = rest.replace(/^[*_\s:：]+/, '').split('\n', 1)[0] ?? '';
    return said.trim() === '' ? [] : [{ text: withoutTrailingMarks(said.trim()), index: match.index }];
  });
}

/** Emphasis that was opened before the phrase ends behind what was said. */
function withoutTrailingMarks(said: string): string {
  return said.replace(/[*_]{1,3}$/, (marks) =>
    said.indexOf(marks) < said.length - marks.length ? marks : '',
  );
}
