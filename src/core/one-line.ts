/** A text with single spaces for blanks and line ends of any number, and none around it. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
