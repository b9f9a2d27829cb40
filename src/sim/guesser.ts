import type { Situation, Subject, SubjectAnswer } from './subject.ts';

/** Answers what no subject knows, as a weak guesser would: briefly, in the form that was asked for. */
export const guesser: Subject = {
  recognise: (request) => request.question.trim().slice(0, 400),
  answer: (situation) => ({ form: 'plain', body: guess(situation) }),
};

function guess(situation: Situation): SubjectAnswer['body'] {
  const { request, rng } = situation;
  const draw = rng.derive('guess');
  switch (request.role) {
    case 'critic':
      return request.numbers.map((number) => `Candidate ${number} may be right; I cannot tell.`).join('\n');
    case 'verifier':
      if (/\bTIE\b/.test(request.instructions)) {
        return `I cannot tell them apart with confidence.\n\nVERDICT: ${draw.pick(['A', 'A', 'B', 'B', 'TIE'])}`;
      }
      return `I am not sure about this one.\n\nVERDICT: ${draw.next() < 0.6 ? 'ACCEPT' : 'REJECT'}`;
    case 'ranker':
      return `RANKING: ${draw.shuffle(request.numbers).join(', ')}`;
    case 'fuser':
      return request.candidates.length > 0 ? draw.pick(request.candidates) : plainGuess(situation);
    case 'proposer':
    case 'router':
      return plainGuess(situation);
  }
}

function plainGuess({ request, rng }: Situation): string {
  const draw = rng.derive('guess');
  const options = listedOptions(request.instructions);
  if (options.length > 0) return draw.pick(options);
  if (
    /\bhow (many|much|old|long|far)\b|\b(number|integer|sum|total|percentage|calculate|compute)\b/i.test(
      request.question,
    )
  ) {
    const seen = (request.question.match(/\d+/g) ?? []).map(Number);
    const one = seen.length > 0 ? draw.pick(seen) : draw.integer(20);
    const other = seen.length > 0 ? draw.pick(seen) : draw.integer(20);
    return `The answer is ${draw.pick([one + other, one * other, Math.abs(one - other)])}.`;
  }
  const words = request.question.match(/[A-Za-z]{4,}/g) ?? [];
  if (words.length === 0) return 'I do not know.';
  return `I am not certain, but this seems to be about ${draw.pick(words)}.`;
}

/** Options of a choice: `A) …` lines give letters; `labels: a, b, c` lists or `- label` lines give labels. */
function listedOptions(text: string): string[] {
  const letters = [...text.matchAll(/^[ \t]*\(?([A-J])[).:][ \t]+\S/gm)].map((match) => match[1] ?? '');
  if (letters.length >= 2) return letters;
  const inline =
    /\b(?:one of|labels?|options?|intents?|categories|choices)(?: are| is)?:[ \t]*([^\n]+)/i.exec(text)?.[1];
  const labels = (inline ?? '').split(/[,;|]/).map((label) => label.trim().replace(/^[`"']|[`"'.]+$/g, ''));
  if (labels.length >= 2) return labels.filter((label) => label !== '');
  const bullets = [...text.matchAll(/^[ \t]*[-*][ \t]+[`"']?([\w-]+)[`"']?[ \t]*$/gm)].map(
    (match) => match[1] ?? '',
  );
  return bullets.length >= 2 ? bullets : [];
}
