const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Half characters, which cutting leaves and no provider accepts, replaced (as ES2024's `toWellFormed`). */
export const wellFormed = (text: string): string => text.replace(lone, '\uFFFD');
