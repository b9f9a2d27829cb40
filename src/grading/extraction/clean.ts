/** Line ends as `\n`; no byte-order mark and no NUL, which no reader of answers accepts. */
export function cleanText(answer: string): string {
  const text = answer.charCodeAt(0) === 0xfeff ? answer.slice(1) : answer;
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return withoutNul.includes('\r') ? withoutNul.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : withoutNul;
}
