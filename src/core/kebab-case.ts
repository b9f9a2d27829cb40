/** `maxCalls` as options, headers and names of operators have it: `max-calls`. */
export const kebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
