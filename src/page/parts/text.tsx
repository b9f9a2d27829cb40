import { useState } from 'preact/hooks';
import { formatCount } from '../../report/format.ts';

/** Control characters, bidi controls and lone surrogates: what would move or hide what stands beside it. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** Text of a model, task or file with what cannot be seen written out, so that it shows and does nothing. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(unseen, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const shownAtFirst = 6_000;
/** More at once takes a browser seconds to lay out. */
const shownMore = 100_000;

/** A text of any length, as it is: the beginning, and the rest on demand, a piece at a time. */
export function LongText({ text, label }: { readonly text: string; readonly label: string }) {
  const [most, setMost] = useState(shownAtFirst);
  const left = text.length - most;
  return (
    <>
      <pre class="text" role="region" aria-label={label} tabIndex={0}>
        {visible(text.slice(0, most))}
      </pre>
      {left > 0 && (
        <button type="button" class="quiet" onClick={() => setMost(most + shownMore)}>
          Show {left > shownMore ? `${formatCount(shownMore)} of` : 'the other'} {formatCount(left)}{' '}
          characters
        </button>
      )}
    </>
  );
}

/** A command or snippet with a button that copies it. */
export function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div class="copyable">
      <pre class="text" role="region" aria-label={label} tabIndex={0}>
        {visible(text)}
      </pre>
      <button type="button" class="quiet" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

/** The clipboard is closed to pages from files in some browsers; then a text field does it. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
}
