/** A file's text without the byte order mark that Windows programs put before it, which is no part of what it says. */
export const withoutByteOrderMark = (text: string): string => text.replace(/^\uFEFF/, '');
