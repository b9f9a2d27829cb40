import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** JSON by RFC 8785: keys sorted, `undefined` members left out, numbers in shortest form. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('canonicalJson: the value has no JSON form');
  return text;
}

/** SHA-256 of text or of a value's canonical JSON, as 64 hex digits. */
export function sha256(value: unknown): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return hash('sha256', text);
}
