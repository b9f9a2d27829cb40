import { useEffect, useRef, useState } from 'preact/hooks';
import { type StageAgent, stageCards } from '../../report/view-model/stage-cards.ts';
import type { BenchDraft, BenchReading, BenchView } from '../../report/view-model/workbench.ts';
import { Section } from '../parts/controls.tsx';
import { Prompt } from '../parts/prompt.tsx';
import { StageDiagram } from '../parts/stage-diagram.tsx';
import { visible } from '../parts/text.tsx';
import type { BenchSource } from '../source.ts';
import { draft as edited } from '../state/bench.ts';
import { DraftFiles } from './bench-files.tsx';
import { SystemForm } from './bench-form.tsx';

interface EditorProps {
  readonly view: BenchView;
  readonly draft: BenchDraft;
  /** The draft as the server read it last; `null`: not yet. */
  readonly reading: BenchReading | null;
}

/** How long typing pauses before what was typed is read, in ms. */
const pauseMs = 250;

/** What the server makes of a draft, some time after each change. */
export function useReading(bench: BenchSource, draft: BenchDraft): BenchReading | null {
  const [reading, setReading] = useState<BenchReading | null>(null);
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(
      () =>
        void bench.read(draft).then((loaded) => {
          if (isWanted && loaded.kind === 'here') setReading(loaded.value);
        }),
      reading === null ? 0 : pauseMs,
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [draft]);
  return reading;
}

/** A config to be changed: in the workshop's form, or, whatever its stages are, as text. */
export function DraftEditor({ view, draft, reading }: EditorProps) {
  return (
    <Section title="System">
      <DraftFiles view={view} draft={draft} />
      <FormOrText draft={draft} reading={reading} />
      {reading?.kind === 'config' && <Stages reading={reading} />}
      {'text' in draft ? (
        <TextEditor text={draft.text} reading={reading} />
      ) : (
        <>
          <Issues reading={reading} />
          <SystemForm view={view} system={draft.system} />
        </>
      )}
    </Section>
  );
}

function FormOrText({ draft, reading }: Omit<EditorProps, 'view'>) {
  const isText = 'text' in draft;
  const config = reading?.kind === 'config' ? reading : null;
  const other: BenchDraft | null =
    config === null ? null : isText ? config.form && { system: config.form } : { text: config.yaml };
  return (
    <>
      <fieldset class="switch">
        <legend class="hidden">Edit it as</legend>
        {[false, true].map((choice) => (
          <label key={String(choice)}>
            <input
              type="radio"
              name="draft"
              checked={isText === choice}
              disabled={isText !== choice && other === null}
              onChange={() => {
                if (other !== null) edited.value = other;
              }}
            />{' '}
            {choice ? 'any stages, as YAML or JSON' : "the workshop's form"}
          </label>
        ))}
      </fieldset>
      {isText && config !== null && config.notInForm.length > 0 && (
        <p class="note">The workshop's form cannot hold this: {visible(config.notInForm.join('; '))}.</p>
      )}
    </>
  );
}

function Stages({ reading }: { readonly reading: Extract<BenchReading, { kind: 'config' }> }) {
  const cards = stageCards(reading.config);
  const [chosen, choose] = useState<StageAgent | null>(null);
  const agents = cards.flatMap(({ agents: seats }) => seats.map(({ agent }) => agent));
  // Each reading has agents of its own.
  const shown = agents.find(({ name }) => name === chosen?.name) ?? null;
  return (
    <details class="beside" open>
      <summary>From question to answer</summary>
      <StageDiagram
        cards={cards}
        chosen={shown}
        onChoose={(agent) => choose(agent.name === chosen?.name ? null : agent)}
      />
      {shown !== null && <Prompt agent={shown} />}
    </details>
  );
}

function TextEditor({ text, reading }: { readonly text: string; readonly reading: BenchReading | null }) {
  const place = useRef<HTMLTextAreaElement>(null);
  const goToLine = (line: number): void => {
    const lines = text.split('\n');
    const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    place.current?.focus();
    place.current?.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <>
      <Issues reading={reading} onLine={goToLine} />
      <textarea
        ref={place}
        class="config-text"
        aria-label="Config as YAML or JSON"
        rows={Math.min(40, Math.max(16, text.split('\n').length + 1))}
        spellcheck={false}
        wrap="off"
        value={text}
        onInput={({ currentTarget }) => {
          edited.value = { text: currentTarget.value };
        }}
      />
    </>
  );
}

/** All that is wrong with a draft, each at its place. */
function Issues({
  reading,
  onLine,
}: {
  readonly reading: BenchReading | null;
  readonly onLine?: (line: number) => void;
}) {
  if (reading?.kind !== 'wrong') return null;
  return (
    <div role="alert">
      <ul class="issues">
        {reading.issues.map(({ path, found, expected, suggestion, line }) => (
          <li key={`${line} ${path} ${expected}`}>
            {line !== undefined && onLine !== undefined && (
              <>
                <button type="button" class="link" onClick={() => onLine(line)}>
                  line {line}
                </button>
                :{' '}
              </>
            )}
            {path !== '' && <code>{visible(path)}</code>} expected {visible(expected)}
            {found !== undefined && <>, found {visible(found)}</>}
            {suggestion !== undefined && <>; did you mean {visible(suggestion)}?</>}
          </li>
        ))}
      </ul>
    </div>
  );
}
