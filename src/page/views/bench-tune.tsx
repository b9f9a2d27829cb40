import { useState } from 'preact/hooks';
import { formatDuration, formatShortCount, formatUsd, simulatedSuffix } from '../../report/format.ts';
import type { BenchDraft, BenchForecast, BenchJob } from '../../report/view-model/workbench.ts';
import { Section } from '../parts/controls.tsx';
import { visible } from '../parts/text.tsx';
import type { BenchSource, Loaded } from '../source.ts';
import { ceilingFields, readCeiling } from '../state/ceiling.ts';
import { formatRoute } from '../state/route.ts';

/** Starts a tuning job from the draft: first the ceiling, then the forecast, then the run. */
export function TuneFromHere({
  bench,
  draft,
  simulated,
}: {
  readonly bench: BenchSource;
  readonly draft: BenchDraft;
  readonly simulated: boolean;
}) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [state, setState] = useState<'idle' | 'forecasting' | 'starting'>('idle');
  const [forecast, setForecast] = useState<{
    readonly of: BenchJob;
    readonly is: Loaded<BenchForecast>;
  } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const { ceiling, faults } = readCeiling(given);
  const job: BenchJob = { ...draft, ceiling };
  // Of another draft or ceiling it says nothing.
  const isCurrent = forecast !== null && JSON.stringify(forecast.of) === JSON.stringify(job);
  const foresee = async (): Promise<void> => {
    setState('forecasting');
    setTrouble(null);
    setForecast({ of: job, is: await bench.forecast(job) });
    setState('idle');
  };
  const start = async (): Promise<void> => {
    setState('starting');
    const started = await bench.tune(job);
    setState('idle');
    if (started.kind === 'absent') return setTrouble(started.because);
    location.hash = formatRoute({ run: started.value.run, view: 'progress', rest: [], settings: {} });
  };
  return (
    <Section
      title="Tune from here"
      note="Starts a run that searches for something better than this system, on this task with these models. It takes no more than what you allow:"
    >
      <div class="ceilings">
        {ceilingFields.map(({ key, label, isWhole }) => (
          <label key={key}>
            at most{' '}
            <input
              type="text"
              inputMode={isWhole ? 'numeric' : 'decimal'}
              value={given[key] ?? ''}
              onInput={({ currentTarget }) => setGiven({ ...given, [key]: currentTarget.value })}
            />{' '}
            {label}
          </label>
        ))}
      </div>
      <p>
        <button
          type="button"
          disabled={state !== 'idle' || faults.length > 0 || Object.keys(ceiling).length === 0}
          onClick={() => void foresee()}
        >
          {state === 'forecasting' ? 'Forecasting …' : 'Forecast'}
        </button>{' '}
        <button
          type="button"
          class="primary"
          disabled={state !== 'idle' || faults.length > 0 || !isCurrent || forecast?.is.kind !== 'here'}
          onClick={() => void start()}
        >
          {state === 'starting' ? 'Starting …' : 'Start tuning'}
        </button>
      </p>
      <div aria-live="polite">
        {faults.map((fault) => (
          <p key={fault} class="absent">
            {visible(fault)}
          </p>
        ))}
        {isCurrent && forecast?.is.kind === 'here' && (
          <Outlook forecast={forecast.is.value} simulated={simulated} />
        )}
        {isCurrent && forecast?.is.kind === 'absent' && <p class="absent">{visible(forecast.is.because)}</p>}
        {trouble !== null && <p class="absent">{visible(trouble)}</p>}
      </div>
      <p class="note">
        The run is shown as soon as it works, and can be stopped there. It ends with <code>mixtune ui</code>,
        at the latest; <code>mixtune resume</code> goes on with it.
      </p>
    </Section>
  );
}

function Outlook({ forecast, simulated }: { readonly forecast: BenchForecast; readonly simulated: boolean }) {
  const { calls, tokens, usd, seconds, endCalls } = forecast;
  const rows = [
    { name: 'calls', amount: calls, format: formatShortCount },
    { name: 'tokens', amount: tokens, format: formatShortCount },
    { name: 'US dollars', amount: usd, format: formatUsd },
    { name: 'time', amount: seconds, format: formatDuration },
  ];
  return (
    <table class="narrow">
      <caption>
        Forecast{simulatedSuffix(simulated)}. About {formatShortCount(endCalls)} of the calls measure the
        result at the end.
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col" class="number">
            typical
          </th>
          <th scope="col" class="number">
            8 in 10 runs between
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, amount, format }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{amount === null ? 'unknown' : format(amount.median)}</td>
            <td class="number">{amount !== null && `${format(amount.p10)} to ${format(amount.p90)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
