import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { adjust } from '../state/route.ts';

/** A choice that is kept in the page's address. */
export function Choice<Value extends string>({
  label,
  name,
  value,
  choices,
  usual,
}: {
  readonly label: string;
  readonly name: string;
  readonly value: Value;
  readonly choices: Readonly<Record<Value, string>>;
  readonly usual: Value;
}) {
  const id = useId();
  return (
    <span class="control">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) =>
          adjust({ [name]: currentTarget.value === usual ? null : currentTarget.value })
        }
      >
        {Object.entries<string>(choices).map(([choice, title]) => (
          <option key={choice} value={choice}>
            {title}
          </option>
        ))}
      </select>
    </span>
  );
}

/** A part of a view with its heading. */
export function Section({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section>
      <h2>{title}</h2>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** What a chart shows, as a table that is opened when wanted. */
export function Beside({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <details class="beside">
      <summary>{title}</summary>
      {children}
    </details>
  );
}

export function Absent({ because }: { readonly because: string }) {
  return <p class="absent">{because}</p>;
}

export function Waiting() {
  return (
    <p class="waiting" role="status">
      Opening …
    </p>
  );
}
