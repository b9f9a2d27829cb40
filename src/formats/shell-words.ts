type Expand = (variable: string) => string | undefined;

/**
 * The words of a pasted shell command: quotes, backslashes, lines that go on, comments, and variables that were
 * set before it (`models="a,b"` … `${models}`). Nothing is run; other variables are left as they are, and so are all
 * once a mebibyte has come out of them: variables of variables double.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  const variables = new Map<string, string>();
  let left = 2 ** 20;
  const expanded: Expand = (name) => {
    const value = variables.get(name);
    if (value === undefined || value.length > left) return undefined;
    left -= value.length;
    return value;
  };
  for (const line of text.replace(/\\\r?\n/g, ' ').split('\n')) {
    for (const word of wordsOf(line, expanded)) {
      const set = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word);
      if (set === null) words.push(word);
      else variables.set(set[1] ?? '', set[2] ?? '');
    }
  }
  return words;
}

function wordsOf(line: string, expanded: Expand): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [piece] of line.matchAll(
    /\s+|#.*|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^\s'"\\#]+|[\s\S]/g,
  )) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (piece.startsWith('#') && word === undefined) break;
    else word = (word ?? '') + textOf(piece, expanded);
  }
  return word === undefined ? words : [...words, word];
}

function textOf(piece: string, expanded: Expand): string {
  if (piece.length > 1 && piece.startsWith("'")) return piece.slice(1, -1);
  if (/^\\[\s\S]$/.test(piece)) return piece.slice(1);
  const inside =
    piece.length > 1 && piece.startsWith('"') ? piece.slice(1, -1).replace(/\\(["\\$`])/g, '$1') : piece;
  return inside.replace(
    /\$\{(\w+)\}|\$(\w+)/g,
    (whole, braced?: string, plain?: string) => expanded(braced ?? plain ?? '') ?? whole,
  );
}
