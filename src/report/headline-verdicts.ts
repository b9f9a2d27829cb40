import { enoughQuestions } from '../core/paired-difference.ts';
import type { Headline, HeadlineLine } from '../domain/headline.ts';
import type { HeadlineKind } from '../domain/headliners.ts';
import { formatCounted, formatSigned } from './format.ts';

/** How a line is called, how others call it, and whether it is several answers of the single model. */
export const lineNames: Readonly<
  Record<HeadlineKind, { readonly line: string; readonly other: string; readonly sampled?: true }>
> = {
  single: { line: 'best single as asked first', other: 'the best single model as asked first' },
  own: { line: 'your own system', other: 'your own system' },
  'tuned-single': { line: 'best single tuned', other: 'the tuned single model' },
  mixture: { line: 'best mixture', other: 'the best mixture' },
  vote: {
    line: 'vote of tuned single',
    other: 'a plain vote of it that spends about as much',
    sampled: true,
  },
  'best-of': {
    line: 'best of tuned single',
    other: 'the best of several of its answers for about as much',
    sampled: true,
  },
  best: { line: 'the one to use', other: 'the one to use' },
};

type Gain = HeadlineLine['over'][number];

/** `+0.025 [-0.01, +0.06]`. */
export function differenceText({ mean, low, high }: Pick<Gain, 'mean' | 'low' | 'high'>): string {
  return low === null || high === null
    ? formatSigned(mean)
    : `${formatSigned(mean)} [${endText(low)}, ${endText(high)}]`;
}

/** Two digits, but three where two would hide on which side of 0 an end lies. */
const endText = (end: number): string => formatSigned(end, Math.abs(end) < 0.005 && end !== 0 ? 3 : 2);

/**
 * What the differences say: better, worse, or not to be told apart.
 * @param isBestAlone whether the best has several calls, of which one's answer is the result
 */
export function verdictsOf(headline: Headline, suffix: string, isBestAlone: boolean): string[] {
  const line = (kind: HeadlineKind): HeadlineLine | undefined =>
    headline.lines.find((each) => each.kind === kind);
  const [tuned, mixture] = [line('tuned-single'), line('mixture')];
  const sentences: string[] = [];
  const tuning = tuned?.over.find(({ kind }) => kind === 'single');
  if (tuning !== undefined)
    sentences.push(`Tuning a single model${suffix}: ${gainText(tuning, lineNames.single.other, headline)}.`);
  else if (tuned !== undefined)
    sentences.push(
      `Tuning a single model${suffix}: nothing better was found than ${lineNames.single.other}.`,
    );
  if (mixture === undefined)
    return [
      ...sentences,
      isBestAlone
        ? 'No mixture was measured on enough questions, but for such as are one answer in fact.'
        : 'No mixture was measured on enough questions: a larger budget or fewer models leave room for one.',
    ];
  const gains = mixture.over.filter(({ kind }) => kind !== 'own');
  const hardest = hardestSingle(mixture);
  // The tuned single model is the one to beat, but where it turned out worse than the one as asked first.
  const isFirst = hardest?.kind === 'single';
  const told = gains.filter(({ kind }) => kind !== 'single');
  for (const gain of isFirst ? [hardest, ...told] : told)
    sentences.push(
      `Mixing${suffix}: ${gainText(gain, lineNames[gain.kind].other, headline, gain === hardest ? undefined : hardest)}.`,
    );
  return sentences;
}

/** Of the single models, tuned and as asked first, the one that a config gains least over: of equals the tuned one. */
export function hardestSingle({ over }: HeadlineLine): Gain | undefined {
  const [tuned, single] = (['tuned-single', 'single'] as const).map((of) =>
    over.find(({ kind }) => kind === of),
  );
  return single !== undefined && (tuned === undefined || single.mean < tuned.mean) ? single : tuned;
}

/** @param hardest where it is no gain over that single model beyond luck, a gain over others is none that counts */
export function gainText(gain: Gain, other: string, { split, questions }: Headline, hardest?: Gain): string {
  const { low, high } = gain;
  if (gain.questions < Math.min(questions, enoughQuestions))
    return `measured on ${formatCounted(gain.questions, 'question')} beside ${other}, too few to tell`;
  const figures = `${differenceText(gain)} against ${other}`;
  // Who was chosen by these questions was lucky with them.
  if (split === 'tuning') return `${figures} on tuning questions, luck included`;
  if (low === null || high === null)
    return `${figures}; too little was measured to tell whether that is luck`;
  if (low > 0 && hardest !== undefined && (hardest.low ?? 0) <= 0) {
    const lost = (hardest.high ?? 0) < 0;
    return `${figures}, but ${lost ? 'it loses to' : 'whether it beats'} the best single model${lost ? '' : ' is open'}`;
  }
  if (low > 0) return `${figures}, beyond luck`;
  if (high < 0) return `${figures}: worse, beyond luck`;
  // There is nothing that luck could have brought.
  if (Number(gain.mean.toFixed(3)) === 0) return `${figures}: no difference was seen`;
  return `${figures}, which may be luck`;
}
