import { redacted as mask, SecretMatcher, shortestSecret } from './secret-matcher.ts';

/** How providers' keys begin, as a pattern. */
export const keyPrefix = '(?:sk|csk|gsk|fw|tgp|xai|pplx|hf|nvapi|r8)[-_]';

/**
 * Shapes of secrets that are masked even where the secret itself is not known: keys with the usual
 * prefixes (`sk-…`, `gsk_…`, `csk-…`, `fw_…`, …), bearer tokens, `api_key=…` pairs and passwords in URLs.
 */
const secretShapes: readonly [RegExp, string][] = [
  [new RegExp(`\\b${keyPrefix}[A-Za-z0-9*_-]{8,}`, 'g'), mask],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=*-]{6,}/gi, `$1 ${mask}`],
  [
    /\b((?:x-)?api[-_]?key|access[-_]?token|authorization)(["']?\s*[:=]\s*["']?)(?!bearer|basic|expected\s)[^\s"',;&]{4,}/gi,
    `$1$2${mask}`,
  ],
  // A placeholder in a hint is none.
  [/(\/\/)(?![^\s/:@]*:PASSWORD@)[^\s/@]+@/g, `$1${mask}@`],
];

/** Enough of a secret's beginning or end, at a mask, to be told from chance. */
const leastEnd = 3;
/** From so many characters on words are taken out, too, but only as they are. */
const shortestWord = 4;

const matchers = new Map<string, SecretMatcher>();

/** Made once for each secret: errors come in thousands. */
function matcherOf(secret: string): SecretMatcher {
  const known = matchers.get(secret);
  if (known !== undefined) return known;
  const matcher = new SecretMatcher([secret]);
  if (matchers.size < 100) matchers.set(secret, matcher);
  return matcher;
}
/** Text without what a server's own mask leaves of a secret (`Zebr****7731`, `Zebr...7731`). */
function withoutItsEnds(text: string, secret: string): string {
  if (secret.length < 2 * leastEnd) return text;
  return text.replace(
    /([\w.~+/=-]*?)(\*{2,}|\.{3,}|…+|•+|#{3,}|[xX]{4,})([\w.~+/=-]*)/g,
    (whole, head: string, _mask: string, tail: string) =>
      showsStart(head, secret) || showsEnd(tail, secret) ? mask : whole,
  );
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
  const known = secrets.filter(({ length }) => length >= shortestWord);
  for (const secret of known.sort((a, b) => b.length - a.length)) {
    if (secret.length < shortestSecret) clean = clean.replaceAll(secret, mask);
    else {
      const matcher = matcherOf(secret);
      clean = matcher.closed(matcher.clean(clean));
    }
    clean = withoutItsEnds(clean, secret);
  }
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  return clean;
}

/**
 * What was given as a URL and may be none, without what it may hold of a password: a `/`, `#` or `?` in a password
 * ends the address for all who read it.
 */
export function redactUrl(text: string): string {
  const clean = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${mask}@`).replace(/[?#].*$/s, mask);
  return redact(clean);
}
