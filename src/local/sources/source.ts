import type { Clock } from '../../core/clock.ts';

/** How far a download has come. */
export interface DownloadProgress {
  /** What is being done, e.g. `downloading`, `joining`. */
  readonly step: string;
  readonly doneBytes: number;
  /** `null` while unknown. */
  readonly totalBytes: number | null;
}

export interface FetchOptions {
  /** Path at which the GGUF file shall stand in the end. */
  readonly target: string;
  /** Folder for what is half done; kept when a fetch breaks off, so that the next can go on. */
  readonly workFolder: string;
  readonly clock: Clock;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One place that a model may be fetched from. */
export interface WeightSource {
  /** For people, and kept with the model: where the weights came from. */
  readonly label: string;
  /** @throws Error that says why it could not be done. */
  fetch(options: FetchOptions): Promise<void>;
}
