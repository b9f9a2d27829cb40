const mask = '[redacted]';

/**
 * Shapes of secrets that are masked even where the secret itself is not known: keys with the usual
 * prefixes (`sk-…`, `gsk_…`, `csk-…`, `fw_…`, …), bearer tokens, `api_key=…` pairs and passwords in URLs.
 */
const secretShapes: readonly [RegExp, string][] = [
  [/\b(?:sk|csk|gsk|fw|tgp|xai|pplx|hf|nvapi|r8)[-_][A-Za-z0-9*_-]{8,}/g, mask],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=*-]{6,}/gi, `$1 ${mask}`],
  [
    /\b((?:x-)?api[-_]?key|access[-_]?token|authorization)(["']?\s*[:=]\s*["']?)(?!bearer|basic)[^\s"',;&]{4,}/gi,
    `$1$2${mask}`,
  ],
  [/(\/\/)[^\s/@]+@/g, `$1${mask}@`],
];

/** Enough of a secret's beginning or end, at a mask, to be told from chance. */
const leastEnd = 3;
/** Enough of a secret's beginning, where the text was cut off within it. */
const leastCut = 8;
/** Encodings of a secret shorter than this are too likely to be chance. */
const leastForm = 8;

/** A secret as it is, in percent encoding, hex and base64, also within what is longer (`Bearer …`). */
export function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const encoded = [hex, hex.toUpperCase(), ...[0, 1, 2].flatMap((offset) => base64Within(bytes, offset))];
  return [secret, encodeURIComponent(secret), ...encoded.filter((text) => text.length >= leastForm)];
}

/** The part of base64 that is the secret's alone, where `offset` bytes (modulo 3) stand before it. */
function base64Within(bytes: Uint8Array, offset: number): string[] {
  const whole = btoa(String.fromCharCode(...new Uint8Array(offset), ...bytes));
  const own = whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  const all = offset === 0 ? [whole, own] : [own];
  return all.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

/**
 * Text without what a server's own mask leaves of a secret (`Zebr****7731`, `Zebr...7731`), and without
 * the beginning of one that the text breaks off in.
 */
function withoutItsEnds(text: string, secret: string): string {
  if (secret.length < 2 * leastEnd) return text;
  const unmasked = text.replace(
    /([\w.~+/=-]*?)(\*{2,}|\.{3,}|…+|•+|#{3,}|[xX]{4,})([\w.~+/=-]*)/g,
    (whole, head: string, _mask: string, tail: string) =>
      showsStart(head, secret) || showsEnd(tail, secret) ? mask : whole,
  );
  for (let length = secret.length - 1; length >= leastCut; length--) {
    if (unmasked.endsWith(secret.slice(0, length))) return `${unmasked.slice(0, -length)}${mask}`;
  }
  return unmasked;
}

function showsStart(head: string, secret: string): boolean {
  for (let length = Math.min(head.length, secret.length); length >= leastEnd; length--) {
    if (head.endsWith(secret.slice(0, length))) return true;
  }
  return false;
}

function showsEnd(tail: string, secret: string): boolean {
  for (let length = Math.min(tail.length, secret.length); length >= leastEnd; length--) {
    if (tail.startsWith(secret.slice(-length))) return true;
  }
  return false;
}

/**
 * Text with every given secret, and everything that looks like one, masked.
 * @param secrets values known to be secret; ones shorter than 4 characters are ignored, since
 * masking them would only garble the text.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // The longest first, so that a secret that is part of another does not leave the rest in view.
  for (const secret of secrets.filter((value) => value.length >= 4).sort((a, b) => b.length - a.length)) {
    for (const form of new Set(formsOf(secret))) {
      clean = clean.replaceAll(form, mask);
    }
    clean = withoutItsEnds(clean, secret);
  }
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  return clean;
}
