import { diffWordsWithSpace } from 'diff';
import { useMemo } from 'preact/hooks';
import { formatSigned } from '../../report/format.ts';
import { compareConfigs } from '../../report/view-model/compare.ts';
import { changesBetween, type PromptChange } from '../../report/view-model/config-changes.ts';
import type { ConfigView, MatrixView, RunView } from '../../report/view-model/schema.ts';
import { Absent, Section, Waiting } from '../parts/controls.tsx';
import { ConfigLink, Score } from '../parts/figures.tsx';
import { visible } from '../parts/text.tsx';
import { TrialHead, trialOfRoute } from '../parts/trial-head.tsx';
import { figure, isSingleBaseline, nameOf, operatorOf } from '../parts/trials.ts';
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

/** What operators do that make a config of no other. */
const originWords: Readonly<Record<string, string>> = {
  baseline: 'a single model, to compare with',
  start: 'one that every search starts with',
  preset: 'a well-known pipeline',
  probe: 'one agent alone, to learn what its model, prompt and temperature bring',
};

/** The best single model, as asked first, of those that a config without a parent is made of. */
function singleBeside({ trials }: RunView, trial: number): number | undefined {
  if ((trials.parents[trial] ?? []).length > 0 || isSingleBaseline(trials.operator[trial])) return undefined;
  const score = (of: number): number => trials.tuning.score.mean[of] ?? -1;
  const singles = trials.id.flatMap((_, of) => {
    const [model] = trials.models[of] ?? [];
    const isOfIt =
      isSingleBaseline(trials.operator[of]) && trials.models[trial]?.includes(model ?? '') === true;
    return isOfIt ? [of] : [];
  });
  return singles.sort((a, b) => score(b) - score(a))[0];
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
  const alone = singleBeside(view, line[0] ?? trial);
  const wanted = alone === undefined ? line : [alone, ...line];
  const loaded = useLoaded(`${run} ${wanted.join()}`, () =>
    allOf(wanted.map((each) => source.config(run, each))),
  );
  const matrix = useLoaded(run, () => source.matrix(run));
  if (loaded === null || matrix === null) return <Waiting />;
  if (loaded.kind === 'absent') return <Absent because={loaded.because} />;
  if (matrix.kind === 'absent') return <Absent because={matrix.because} />;
  const configOf = (of: number | undefined) => loaded.value.find((config) => config.trial === of);
  const children = view.trials.parents.flatMap((parents, child) => (parents.includes(trial) ? [child] : []));
  return (
    <>
      <Section
        title="How it came to be"
        note={
          line.length === 1
            ? `It was made of no other config of this run${alone === undefined ? '' : ': it stands beside the best of its models alone, as asked first'}.`
            : `${line.length} generations; of several parents the first is followed.`
        }
      >
        <ol class="descent">
          {line.map((each, at) => (
            <Generation
              key={each}
              view={view}
              matrix={matrix.value}
              trial={each}
              now={configOf(each)}
              before={configOf(line[at - 1] ?? alone)}
              isParent={at > 0}
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
                {visible(operatorOf(view, child))}, {figure(view, 'tuning', 'score', child)}
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
  now,
  before,
  isParent,
}: {
  readonly view: RunView;
  readonly matrix: MatrixView;
  readonly trial: number;
  readonly now: ConfigView | undefined;
  /** What it is held against: its parent, or one of its models alone. */
  readonly before: ConfigView | undefined;
  readonly isParent: boolean;
}) {
  const { trials } = view;
  const otherParents = (trials.parents[trial] ?? []).filter(
    (parent) => !isParent || parent !== before?.trial,
  );
  return (
    <li>
      <p class="title">
        <b>{visible(operatorOf(view, trial))}</b> <ConfigLink view={view} trial={trial} />
        {originWords[trials.operator[trial] ?? ''] !== undefined && (
          <span> {originWords[trials.operator[trial] ?? '']}</span>
        )}
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
        {before !== undefined && (
          <Change view={view} matrix={matrix} before={before.trial} now={trial} isParent={isParent} />
        )}
      </p>
      {before !== undefined && now !== undefined && <Changes before={before} now={now} />}
    </li>
  );
}

/** What the change from another config brought on the cells that both have, and whether that is more than luck. */
function Change({
  view,
  matrix,
  before,
  now,
  isParent,
}: {
  readonly view: RunView;
  readonly matrix: MatrixView;
  readonly before: number;
  readonly now: number;
  readonly isParent: boolean;
}) {
  const other = isParent ? 'its parent' : nameOf(view, before);
  const of = (trial: number) => ({ head: view.head, matrix, trial });
  const { mean, low, high, pairs } = compareConfigs(of(now), of(before), 'tuning');
  if (mean === null) return <span>no questions in common with {visible(other)}</span>;
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
      over {visible(other)} on {pairs} equal {pairs === 1 ? 'question' : 'questions and repeats'}: {reading}
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
