import { useState } from 'preact/hooks';
import type { BenchDraft } from '../../report/view-model/workbench.ts';
import { Section } from '../parts/controls.tsx';
import { visible } from '../parts/text.tsx';
import type { BenchSource } from '../source.ts';
import type { BenchAnswer } from '../state/bench.ts';
import { formatRoute } from '../state/route.ts';

/** Puts the system on the task's leaderboard, with all that it was graded here. */
export function SaveDraft({
  bench,
  draft,
  answers,
}: {
  readonly bench: BenchSource;
  readonly draft: BenchDraft;
  readonly answers: readonly BenchAnswer[];
}) {
  const [name, setName] = useState('');
  const [told, setTold] = useState<{ readonly saved: string; readonly task: string } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const isGraded = answers.some(({ end }) => end !== null && end.grade !== null);
  const save = async (): Promise<void> => {
    setTold(null);
    setTrouble(null);
    const saved = await bench.save(draft, name.trim());
    setTrouble(saved.kind === 'absent' ? saved.because : null);
    if (saved.kind === 'here') setTold({ saved: name.trim(), task: saved.value.task });
  };
  return (
    <Section
      title="Save to the leaderboard"
      note="With the mean of all graded answers that this very system gave here: run the challenge several times to make it certain."
    >
      <label>
        Name{' '}
        <input
          type="text"
          maxLength={100}
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>{' '}
      <button type="button" disabled={!isGraded || name.trim() === ''} onClick={() => void save()}>
        Save
      </button>
      <div aria-live="polite">
        {trouble !== null && <p class="absent">{visible(trouble)}</p>}
        {told !== null && (
          <p>
            {visible(told.saved)} is on the{' '}
            <a href={formatRoute({ run: null, view: 'leaderboard', rest: [told.task], settings: {} })}>
              leaderboard of {visible(told.task)}
            </a>
            .
          </p>
        )}
      </div>
    </Section>
  );
}
