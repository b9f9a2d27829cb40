import { useState } from 'preact/hooks';
import type { RunHead } from '../report/view-model/schema.ts';
import { Dialog } from './parts/dialog.tsx';
import { visible } from './parts/text.tsx';
import type { Source } from './source.ts';

/** A button that ends a run that is at work, once the user has confirmed it. Goes away with the run's work. */
export function StopRun({
  head: { run, resume },
  stop,
}: {
  readonly head: RunHead;
  readonly stop: NonNullable<Source['stop']>;
}) {
  const [state, setState] = useState<'working' | 'asking' | 'stopping'>('working');
  const [trouble, setTrouble] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setState('stopping');
    const why = await stop(run);
    setTrouble(why);
    if (why !== null) setState('working');
  };
  return (
    <>
      <button
        type="button"
        class="quiet"
        disabled={state === 'stopping'}
        onClick={() => {
          setTrouble(null);
          setState('asking');
        }}
      >
        {state === 'stopping' ? 'Stopping …' : 'Stop'}
      </button>
      {trouble !== null && <span role="alert">{visible(trouble)}</span>}
      {state === 'asking' && (
        <Dialog title={`Stop ${visible(run)}?`} onClose={() => setState('working')}>
          <p>
            The run saves its state and ends, as with Ctrl-C in its terminal. Nothing that was answered is
            lost: <code>{visible(resume)}</code> goes on with it.
          </p>
          <p class="buttons">
            <button type="button" onClick={() => setState('working')}>
              Let it work
            </button>
            <button type="button" class="primary" onClick={() => void confirm()}>
              Stop the run
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
