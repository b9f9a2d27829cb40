import { useEffect, useState } from 'preact/hooks';
import { formatCount, formatShortCount, formatUsd, simulatedSuffix } from '../../report/format.ts';
import type { BenchDraft, BenchView } from '../../report/view-model/workbench.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { PagesNav } from '../parts/pages-nav.tsx';
import type { BenchSource, Source } from '../source.ts';
import { advanced, answers, draft, newAnswer } from '../state/bench.ts';
import { useLoaded } from '../state/loaded.ts';
import { BenchAnswers } from './bench-answers.tsx';
import { DraftEditor, useReading } from './bench-editor.tsx';
import { SaveDraft } from './bench-save.tsx';
import { TuneFromHere } from './bench-tune.tsx';

/** Edits a system, asks it, and grades it on the task's questions. */
export function WorkbenchPage({ source }: { readonly source: Source }) {
  const { bench } = source;
  return (
    <main id="main" tabIndex={-1}>
      <PagesNav current="workbench" />
      <h1>Workbench</h1>
      {bench === undefined ? (
        <Absent because="A report asks no models: `mixtune ui` has the workbench." />
      ) : (
        <Loading bench={bench} />
      )}
    </main>
  );
}

function Loading({ bench }: { readonly bench: BenchSource }) {
  const loaded = useLoaded('bench', () => bench.view());
  if (loaded === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  return <Bench bench={bench} view={loaded.value} />;
}

function Bench({ bench, view }: { readonly bench: BenchSource; readonly view: BenchView }) {
  const [start] = useState(() => startOf(view));
  const edited = draft.value ?? start;
  const reading = useReading(bench, edited);
  const [abort, setAbort] = useState<AbortController | null>(null);
  const [instance, setInstance] = useState(view.questions[0]?.id ?? '');
  const [text, setText] = useState('');
  const [isChallenge, setChallenge] = useState(true);
  useEffect(() => {
    document.title = `Workbench${simulatedSuffix(view.simulated)} · mixtune`;
  }, [view.simulated]);
  const ask = async (): Promise<void> => {
    const controller = new AbortController();
    setAbort(controller);
    const shown = isChallenge ? `${view.task}: ${instance}` : text;
    const before = answers.value;
    let answer = newAnswer(shown);
    const show = (): void => {
      answers.value = [answer, ...before];
    };
    show();
    const question = isChallenge ? { instance } : { text };
    const onEvent = (event: Parameters<typeof advanced>[1]): void => {
      answer = advanced(answer, event);
      show();
    };
    const trouble = await bench.ask({ ...edited, question }, onEvent, controller.signal);
    if (answer.end === null) {
      const why = controller.signal.aborted ? 'You stopped it.' : (trouble ?? 'The server has ended.');
      answer = { ...answer, trouble: why };
      show();
    }
    setAbort(null);
  };
  return (
    <div class="bench">
      {view.simulated && (
        <p class="bench-simulated">
          <span class="badge">simulated</span> The models are simulated: nothing here says anything of a real
          model. <code>mixtune ui --models …</code> names real ones.
        </p>
      )}
      <DraftEditor view={view} draft={edited} reading={reading} />
      <div>
        <Section title="Ask it" note={<Spending view={view} />}>
          <p>
            <label>
              <input type="radio" name="ask" checked={isChallenge} onChange={() => setChallenge(true)} /> a
              question of the task, graded
            </label>{' '}
            <label>
              <input type="radio" name="ask" checked={!isChallenge} onChange={() => setChallenge(false)} /> a
              question of your own
            </label>
          </p>
          {isChallenge ? (
            <ChosenQuestion view={view} instance={instance} onChoose={setInstance} />
          ) : (
            <textarea
              aria-label="Question"
              rows={4}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          )}
          <p>
            <button
              type="button"
              class="primary"
              disabled={abort !== null || (!isChallenge && text.trim() === '')}
              onClick={() => void ask()}
            >
              {isChallenge ? 'Run the challenge' : 'Ask'}
            </button>{' '}
            <button type="button" disabled={abort === null} onClick={() => abort?.abort()}>
              Stop
            </button>
          </p>
        </Section>
        <BenchAnswers answers={answers.value} simulated={view.simulated} />
        <SaveDraft bench={bench} draft={edited} answers={answers.value} />
        <TuneFromHere bench={bench} draft={edited} simulated={view.simulated} />
      </div>
    </div>
  );
}

const startOf = ({ presets, graphs }: BenchView): BenchDraft =>
  presets[0] === undefined ? { text: graphs[0]?.text ?? '' } : { system: presets[0].system };

function ChosenQuestion({
  view,
  instance,
  onChoose,
}: {
  readonly view: BenchView;
  readonly instance: string;
  readonly onChoose: (id: string) => void;
}) {
  const chosen = view.questions.find(({ id }) => id === instance);
  return (
    <>
      <select
        aria-label="Question of the task"
        value={instance}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        {view.questions.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
      <pre class="text" role="region" aria-label="Question" tabIndex={0}>
        {chosen?.text}
      </pre>
    </>
  );
}

/** What was asked here so far, against what may be. */
function Spending({ view }: { readonly view: BenchView }) {
  const { ceiling } = view;
  const spent = answers.value.find(({ end }) => end !== null)?.end?.spent ?? view.spent;
  const of = (used: string, most: string | undefined): string =>
    most === undefined ? used : `${used} of ${most}`;
  const tokens = spent.tokensIn + spent.tokensOut;
  const parts = [
    `${of(formatCount(spent.calls), optional(ceiling.maxCalls, formatCount))} calls`,
    `${of(formatShortCount(tokens), optional(ceiling.maxTokens, formatShortCount))} tokens`,
    spent.usd === null ? 'cost unknown' : of(formatUsd(spent.usd), optional(ceiling.maxUsd, formatUsd)),
  ];
  return (
    <>
      Spent here: {parts.join(', ')}
      {simulatedSuffix(view.simulated)}. The ceiling is the server's: <code>mixtune ui --max-calls N</code>,{' '}
      <code>--max-tokens</code>, <code>--max-usd</code>.
    </>
  );
}

function optional(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}
