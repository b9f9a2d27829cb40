import { leastCut, redacted as mask, SecretMatcher } from './secret-matcher.ts';

/**
 * Shapes of secrets that are masked even where the secret itself is not known: keys with the usual
 * prefixes (`sk-…`, `gsk_…`, `csk-…`, `fw_…`, …), bearer tokens, `api_key=…` pairs and passwords in URLs.
 */
const secretShapes: readonly [RegExp, string][] = [
  [/\b(?:sk|csk|gsk|fw|tgp|xai|pplx|hf|nvapi|r8)[-_][A-Za-z0-9*_-]{8,}/g, mask],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=*-]{6,}/gi, `$1 ${mask}`],
  [
    /\b((?:x-)?api[-_]?key|access[-_]?token|authorization)(["']?\s*[:=]\s*["']?)(?!bearer|basic|expected\s)[^\s"',;&]{4,}/gi,
    `$1$2${mask}`,
  ],
  [/(\/\/)[^\s/@]+@/g, `$1${mask}@`],
];

/** Enough of a secret's beginning or end, at a mask, to be told from chance. */
const leastEnd = 3;
/** Shorter ones are words: only as they are, and from four characters on, are they taken out. */
const shortestKey = 8;
const shortestSecret = 4;

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
  for (const secret of secrets.filter(isSecret).sort((a, b) => b.length - a.length)) {
    if (secret.length < shortestKey) clean = clean.replaceAll(secret, mask);
    else {
      const matcher = matcherOf(secret);
      clean = matcher.clean(clean);
      // The beginning of one that the text breaks off in.
      const end = matcher.openEnd(clean, leastCut);
      if (end < clean.length) clean = `${clean.slice(0, end)}${mask}`;
    }
    clean = withoutItsEnds(clean, secret);
  }
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  return clean;
}

function isSecret(value: string): boolean {
  return value.length >= shortestSecret;
}
