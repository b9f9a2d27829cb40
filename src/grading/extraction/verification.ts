const names = String.raw`(?:double[- ]?check|(?:sanity\s)?check|checking|verification|verifying|probe|kontrolle|überprüfung|vérification|verificación|comprobación|verifica|verificação|prova|проверка|验证|驗證|检验|検算|검산)`;
const marks = String.raw`[ \t]{0,4}[#*_>]{0,6}[ \t]{0,4}`;
/** `Check: …`, a heading that says so, `Let's verify this …`. */
const opening = new RegExp(
  [
    String.raw`(?:^|(?<=[.!?;])[ \t]{1,4})${marks}${names}[*_]{0,3}[ \t]{0,2}[:：]`,
    String.raw`^[ \t]{0,4}(?:#{1,6}[ \t]{1,4}|\*\*|__)[*_]{0,3}${names}[*_]{0,3}[ \t]{0,4}$`,
    String.raw`^${marks}(?:to|let['’]s|let\sus|we\scan)\s(?:double-?check|verify|check)(?=\s?[:,.]|\s(?:this|that|it|our|my|by|the\s(?:answer|result|solution))\b)`,
  ].join('|'),
  'gimu',
);
/** A paragraph's end, or a line that concludes. */
const ending =
  /\n[ \t]{0,20}\n|\n(?=[ \t*_#>]{0,6}(?:so|therefore|thus|hence|daher|also|somit|donc|answer)\b)/gi;

/** A text without what checks its result: the numbers in there are no answer. One that has no number before stays. */
export function withoutVerification(text: string): string {
  const kept: string[] = [];
  let from = 0;
  let hasNumber = false;
  for (const { 0: mark, index } of text.matchAll(opening)) {
    if (index < from) continue;
    hasNumber ||= /\p{Nd}/u.test(text.slice(from, index));
    if (!hasNumber) continue;
    kept.push(text.slice(from, index));
    // What a heading names stands below it.
    const start = index + mark.length;
    ending.lastIndex = start + (/^[\s*_]*/.exec(text.slice(start, start + 200))?.[0].length ?? 0);
    from = ending.exec(text)?.index ?? text.length;
  }
  return [...kept, text.slice(from)].join('').trimEnd();
}
