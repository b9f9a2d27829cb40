/** Half characters, which cutting leaves, which models write too, and which UTF-8 has no place for, replaced (as ES2024's `toWellFormed`). */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\u{FFFD}');
