import {
  formatCount,
  formatDuration,
  formatObjective,
  formatUsd,
  simulatedSuffix,
  unknown,
} from '../../report/format.ts';
import { Section } from '../parts/controls.tsx';
import { LongText, visible } from '../parts/text.tsx';
import type { BenchAnswer, BenchStage } from '../state/bench.ts';

interface Shown {
  readonly answers: readonly BenchAnswer[];
  readonly simulated: boolean;
}

/** The newest answer whole, the others as a line each. */
export function BenchAnswers({ answers, simulated }: Shown) {
  const [newest, ...earlier] = answers;
  if (newest === undefined) return null;
  return (
    <>
      <Section title="Answer">
        <Answer answer={newest} simulated={simulated} />
      </Section>
      {earlier.length > 0 && (
        <Section title="Before">
          <ol class="bench-earlier" reversed>
            {earlier.map((answer, at) => (
              <li key={earlier.length - at}>
                {visible(answer.question.slice(0, 80))}: {outcomeOf(answer)}
              </li>
            ))}
          </ol>
        </Section>
      )}
    </>
  );
}

function outcomeOf({ end, trouble }: BenchAnswer): string {
  if (end === null) return trouble ?? 'under way';
  const { grade } = end;
  if (grade === null) return end.reason ?? 'answered';
  if (grade.kind === 'unscored') return `not graded: ${grade.reason}`;
  const { value, points, max, letter } = grade;
  const figure =
    points === undefined ? formatObjective('score', value) : `${points} of ${max ?? unknown} points`;
  return letter === undefined ? figure : `${figure}, ${letter}`;
}

function Answer({ answer, simulated }: { readonly answer: BenchAnswer; readonly simulated: boolean }) {
  const { stages, text, end, trouble, isGrading } = answer;
  return (
    <>
      <ol class="bench-stages" aria-live="polite">
        {stages.map((stage, at) => (
          <li key={`${stage.title} ${at}`}>
            <Stage stage={stage} />
          </li>
        ))}
      </ol>
      {trouble !== null && (
        <p class="absent" role="alert">
          {visible(trouble)}
        </p>
      )}
      {text !== '' && <LongText text={text} label="Answer" />}
      {isGrading && <p role="status">Grading …</p>}
      {end !== null && <End answer={answer} simulated={simulated} />}
    </>
  );
}

function Stage({ stage }: { readonly stage: BenchStage }) {
  return (
    <>
      <b>{visible(stage.title)}</b>
      {stage.calls.map((call, at) => (
        <details key={`${call.agent} ${at}`}>
          <summary>
            {visible(call.agent)} ({visible(call.model)}) {call.outcome}, {formatDuration(call.seconds)}
            {call.outputTokens !== null && `, ${formatCount(call.outputTokens)} tokens`}
            {call.failure !== null && `: ${visible(call.failure)}`}
          </summary>
          <LongText text={call.text} label={`Answer of ${call.agent}`} />
        </details>
      ))}
      {stage.waiting.map((agent, at) => (
        <div key={`${agent} ${at}`} class="note">
          {visible(agent)} is answering …
        </div>
      ))}
    </>
  );
}

function End({ answer, simulated }: { readonly answer: BenchAnswer; readonly simulated: boolean }) {
  const { end } = answer;
  if (end === null) return null;
  const { grade, notes, reason } = end;
  const costs = [
    `${formatCount(end.calls)} calls`,
    `${formatCount(end.tokens)} tokens`,
    end.usd === null ? 'cost unknown' : formatUsd(end.usd),
    formatDuration(end.seconds),
  ];
  return (
    <>
      {reason !== null && (
        <p class="absent" role="alert">
          No answer: {visible(reason)}
        </p>
      )}
      {grade !== null && (
        <p class="bench-score" role="status">
          {outcomeOf(answer)}
          {simulatedSuffix(simulated)}
        </p>
      )}
      {grade?.kind === 'scored' && grade.checks !== undefined && (
        <table>
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col" class="number">
                Points
              </th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {grade.checks.map(({ name, points, max, passed, note }) => (
              <tr key={name}>
                <th scope="row">{`${passed ? '✓' : '✗'}\u00a0${visible(name)}`}</th>
                <td class="number">
                  {points} of {max}
                </td>
                <td>{visible(note)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="note">
        {costs.join(', ')}
        {simulatedSuffix(simulated)}
      </p>
      {notes.map((note) => (
        <p key={note} class="note">
          {visible(note)}
        </p>
      ))}
    </>
  );
}
