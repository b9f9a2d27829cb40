export function withJsEndings(text: string): string;
