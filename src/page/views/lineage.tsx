import { diffWordsWithSpace } from 'diff';
import { useMemo } from 'preact/hooks';
import { formatSigned } from '../../report/format.ts';
import { compareConfigs } from '../../report/view-model/compare.ts';
import type { ConfigView, MatrixView, RunView } from '../../report/view-model/schema.ts';
import { changesBetween, type PromptChange } from '../parts/config-changes.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { ConfigLink, Score } from '../parts/figures.tsx';
import { visible } from '../parts/text.tsx';
import { TrialHead, trialOfRoute } from '../parts/trial-head.tsx';
import { figure, nameOf } from '../parts/trials.ts';
import type { ViewProps } from '../parts/view-props.ts';
import type { Loaded } from '../source.ts';
import { useLoaded } from '../state/loaded.ts';
import { linkTo } from '../state/route.ts';

/** So far back at most; longer lines of descent are cut at their old end. */
const mostGenerations = 40;

export function LineageView({ source, view }: ViewProps) {
  const trial = trialOfRoute(view);
  if (trial === null) return <Absent because="The run has not begun any config yet." />;
  return (
    <>
      <TrialHead view={view} trial={trial} to="lineage" />
      <Descent key={trial} source={source} view={view} trial={trial} />
    </>
  );
}

/** The config and its first parents, oldest first. */
function descentOf({ trials }: RunView, trial: number): number[] {
  const line = [trial];
  for (;;) {
    const [parent] = trials.parents[line[0] ?? 0] ?? [];
    if (parent === undefined || line.includes(parent) || line.length >= mostGenerations) return line;
    line.unshift(parent);
  }
}

function Descent({ source, view, trial }: Pick<ViewProps, 'source' | 'view'> & { readonly trial: number }) {
  const { run } = view.head;
  const line = descentOf(view, trial);
  const loaded = useLoaded(`${run} ${line.join()}`, () =>
    allOf(line.map((each) => source.config(run, each))),
  );
  const matrix = useLoaded(run, () => source.matrix(run));
  if (loaded === null || matrix === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  if (matrix.kind === 'absent') return <Absent because={matrix.because} />;
  const children = view.trials.parents.flatMap((parents, child) => (parents.includes(trial) ? [child] : []));
  return (
    <>
      <Section
        title="How it came to be"
        note={`${line.length === 1 ? 'It has no parent in this run' : `${line.length} generations`}; of several parents the first is followed.`}
      >
        <ol class="descent">
          {line.map((each, at) => (
            <Generation
              key={each}
              view={view}
              matrix={matrix.value}
              trial={each}
              configs={loaded.value}
              at={at}
            />
          ))}
        </ol>
      </Section>
      {children.length > 0 && (
        <Section title={`${children.length} ${children.length === 1 ? 'config came' : 'configs came'} of it`}>
          <ul class="children">
            {children.slice(0, 60).map((child) => (
              <li key={child}>
                <a href={linkTo('lineage', [child])}>{view.trials.id[child]}</a>{' '}
                {visible(view.trials.operator[child] ?? '')}, {figure(view, 'tuning', 'score', child)}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

async function allOf(waited: readonly Promise<Loaded<ConfigView>>[]): Promise<Loaded<readonly ConfigView[]>> {
  const values: ConfigView[] = [];
  for (const loaded of await Promise.all(waited)) {
    if (loaded.kind === 'absent') return loaded;
    values.push(loaded.value);
  }
  return { kind: 'here', value: values };
}

function Generation({
  view,
  matrix,
  trial,
  configs,
  at,
}: {
  readonly view: RunView;
  readonly matrix: MatrixView;
  readonly trial: number;
  readonly configs: readonly ConfigView[];
  readonly at: number;
}) {
  const { trials } = view;
  const [before, now] = [configs[at - 1], configs[at]];
  const otherParents = (trials.parents[trial] ?? []).filter((parent) => parent !== before?.trial);
  return (
    <li>
      <p class="title">
        <b>{visible(trials.operator[trial] ?? '')}</b> <ConfigLink view={view} trial={trial} />
        {otherParents.length > 0 && (
          <span>
            {' '}
            also of{' '}
            {otherParents.map((parent) => (
              <ConfigLink key={parent} view={view} trial={parent} />
            ))}
          </span>
        )}
      </p>
      <p class="shape">{visible(nameOf(view, trial))}</p>
      <p class="figures">
        <Score columns={trials.tuning.score} trial={trial} />
        <span>
          {figure(view, 'tuning', 'latency', trial)}, {figure(view, 'tuning', 'tokens', trial)} tokens
        </span>
        {before !== undefined && <Change view={view} matrix={matrix} before={before.trial} now={trial} />}
      </p>
      {before !== undefined && now !== undefined && <Changes before={before} now={now} />}
    </li>
  );
}

/** What the change from a parent brought on the cells that both have, and whether that is more than luck. */
function Change({
  view,
  matrix,
  before,
  now,
}: {
  readonly view: RunView;
  readonly matrix: MatrixView;
  readonly before: number;
  readonly now: number;
}) {
  const of = (trial: number) => ({ head: view.head, matrix, trial });
  const { mean, low, high, pairs } = compareConfigs(of(now), of(before), 'tuning');
  if (mean === null) return <span>no questions in common with its parent</span>;
  const interval = low === null || high === null ? '' : ` [${formatSigned(low)}, ${formatSigned(high)}]`;
  const [verdict, reading] =
    low !== null && low > 0
      ? ['better', 'it helped']
      : high !== null && high < 0
        ? ['worse', 'it harmed']
        : ['', 'not told apart from luck'];
  return (
    <span>
      <b class={verdict}>
        {formatSigned(mean)}
        {interval}
      </b>{' '}
      over its parent on {pairs} equal {pairs === 1 ? 'question' : 'questions and repeats'}: {reading}
    </span>
  );
}

function Changes({ before, now }: { readonly before: ConfigView; readonly now: ConfigView }) {
  const { facts, prompts } = changesBetween(before.config, now.config);
  return (
    <div class="changes">
      {facts.length > 0 && (
        <ul>
          {facts.map((fact) => (
            <li key={fact}>{visible(fact)}</li>
          ))}
        </ul>
      )}
      {prompts.map((prompt) => (
        <PromptDiff key={prompt.where} change={prompt} />
      ))}
      {facts.length === 0 && prompts.length === 0 && <p class="note">Only names differ.</p>}
    </div>
  );
}

/** Texts beyond this are shown one after the other: to compare them by words would hold the page up. */
const mostCompared = 20_000;

function changedParts(before: string, now: string) {
  if (before.length + now.length <= mostCompared)
    return diffWordsWithSpace(before, now, { timeout: 200 }) ?? [];
  return [
    { value: before, removed: true, added: false },
    { value: now, removed: false, added: true },
  ];
}

function PromptDiff({ change: { where, before, now } }: { readonly change: PromptChange }) {
  // A run under way is drawn anew with each change of it; its prompts stay as they are.
  const parts = useMemo(() => changedParts(before, now), [before, now]);
  return (
    <figure class="diff">
      <figcaption>Prompt of {visible(where)}</figcaption>
      <pre class="text" role="region" aria-label={`Changes of the prompt of ${visible(where)}`} tabIndex={0}>
        {parts.map(({ value, added, removed }, at) => {
          const text = visible(value.slice(0, mostCompared));
          return added ? <ins key={at}>{text}</ins> : removed ? <del key={at}>{text}</del> : text;
        })}
      </pre>
    </figure>
  );
}
