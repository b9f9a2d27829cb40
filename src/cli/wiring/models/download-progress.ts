import type { Clock } from '../../../core/clock.ts';
import type { DownloadProgress } from '../../../local/index.ts';
import { formatBytes } from '../../../report/format.ts';
import type { CliStream } from '../../output.ts';

/** Where a download is told of. */
export interface DownloadDisplay {
  readonly update: (progress: DownloadProgress) => void;
  readonly note: (note: string) => void;
  /** Clears the line that is drawn over; may be called twice. */
  readonly done: () => void;
}

/** Between two pictures of a terminal's bar, in ms. */
const frameMs = 100;
const barCells = 24;

/** A bar on a terminal; elsewhere a line for every tenth of a step. */
export function showDownload(stream: CliStream, clock: Clock): DownloadDisplay {
  return stream.isTTY === true ? terminalBar(stream, clock) : plainLines(stream);
}

function terminalBar(stream: CliStream, clock: Clock): DownloadDisplay {
  let last = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.raw.write('\r\u001B[2K');
    drawn = false;
  };
  return {
    update: (progress) => {
      if (clock.now() - last < frameMs) return;
      last = clock.now();
      clear();
      stream.write(barText(progress).slice(0, stream.look.width - 1));
      drawn = true;
    },
    note: (note) => {
      clear();
      stream.line(note);
    },
    done: clear,
  };
}

/** `downloading ━━━━━━──────  25%  120 MB of 480 MB`; without a total only what has come. */
function barText({ step, doneBytes, totalBytes }: DownloadProgress): string {
  if (totalBytes === null || totalBytes === 0) return `${step} ${formatBytes(doneBytes)}`;
  const share = Math.min(1, doneBytes / totalBytes);
  const full = Math.round(share * barCells);
  const bar = `${'━'.repeat(full)}${'─'.repeat(barCells - full)}`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${step} ${bar} ${percent}  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
}

function plainLines(stream: CliStream): DownloadDisplay {
  let told = '';
  return {
    update: ({ step, doneBytes, totalBytes }) => {
      if (totalBytes === null || totalBytes === 0) return;
      const tenths = Math.floor((doneBytes / totalBytes) * 10);
      const line = `${step}: ${tenths * 10}% of ${formatBytes(totalBytes)}`;
      if (line === told) return;
      told = line;
      stream.line(line);
    },
    note: (note) => stream.line(note),
    done: () => undefined,
  };
}
