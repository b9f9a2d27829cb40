/** What people are told of an answer to a question. */
export function questionNotice(question: string, what: string): string {
  return `question ${question}: ${what}`;
}

/** A notice without the question that it may be about: those of other questions say the same. */
export function withoutQuestion(notice: string): string {
  return notice.replace(/^question .*?: /, '');
}
