import { isCeilingReason } from '../../domain/budget.ts';

const endings: Readonly<Record<string, string>> = {
  'space-exhausted': 'every config of the search space was tried',
  interrupted: 'interrupted; resume to go on',
  running: 'still running',
  stopped: 'stopped without saying so; resume to go on',
};

/** Why a run ended, or that it goes on, in words. */
export function endedWords(ended: string): string {
  const ceiling = ended === 'usd' ? 'dollars' : ended;
  return isCeilingReason(ended) ? `the ceiling on ${ceiling} was reached` : (endings[ended] ?? ended);
}
