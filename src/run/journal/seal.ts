import { crc32 } from 'node:zlib';

/** Hex digits of a checksum. */
const digits = 8;

/**
 * A text with its CRC-32 in front, which also covers what it is `about` (the key that it is kept under). A
 * flipped bit in either shows when it is read; who means to deceive can make both fit.
 */
export function seal(text: string, about: string): string {
  return `${checksum(text, about)} ${text}`;
}

/** The text, if it and what it is about are still those that were sealed. */
export function unseal(sealed: string, about: string): string | undefined {
  const text = sealed.slice(digits + 1);
  return sealed[digits] === ' ' && sealed.slice(0, digits) === checksum(text, about) ? text : undefined;
}

function checksum(text: string, about: string): string {
  return crc32(text, crc32(about)).toString(16).padStart(digits, '0');
}
