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

/**
 * Text with every given secret, and everything that looks like one, masked.
 * @param secrets values known to be secret; ones shorter than 4 characters are ignored, since
 * masking them would only garble the text.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  // The longest first, so that a secret that is part of another does not leave the rest in view.
  for (const secret of secrets.filter((value) => value.length >= 4).sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(secret, mask);
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret) clean = clean.replaceAll(encoded, mask);
  }
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  return clean;
}
