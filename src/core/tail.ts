const kept = 2_000;

/** The last 2,000 characters of what a process has written to standard error, with what it writes now. */
export function withTail(text: string, chunk: Buffer): string {
  return (text + chunk.toString('utf8')).slice(-kept);
}
