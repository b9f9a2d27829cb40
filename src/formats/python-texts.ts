/**
 * The texts that a Python file gives names in capitals (`SYSTEM_PROMPT = """…"""`), under these names as other
 * files have them (`systemPrompt`). Nothing is run; formatted, joined and raw texts are left out.
 */
export function pythonTexts(program: string): Readonly<Record<string, string>> {
  const found = program.matchAll(
    /^([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*("""|'''|"(?!")|'(?!'))((?:\\[\s\S]|(?!\2)[\s\S])*)\2[ \t]*(?:#.*)?$/gm,
  );
  return Object.fromEntries(
    [...found].flatMap(([, name = '', quote = '', body = '']) =>
      quote.length === 1 && body.includes('\n') ? [] : [[camelCase(name), unescaped(body)]],
    ),
  );
}

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function unescaped(body: string): string {
  return body.replace(/\\([\s\S])/g, (whole, letter: string) => escapes[letter] ?? whole);
}
