/**
 * Paragraphs (a line each) in lines of at most so many characters, broken between words; a longer word stays whole. Spaces
 * that one begins with stand before each of its lines.
 */
export function wrapText(text: string, width: number): string {
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, width))
    .join('\n');
}

/** A text that stands behind a label of so many characters, its further lines below its first. */
export function wrapBeside(labelWidth: number, text: string, width: number): string {
  return wrapText(text, width - labelWidth).replaceAll('\n', `\n${' '.repeat(labelWidth)}`);
}

function wrapParagraph(text: string, width: number): string {
  const [indent = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(indent.length).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each) => `${indent}${each}`).join('\n');
}
