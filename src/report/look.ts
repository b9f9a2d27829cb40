import type { Colors } from './colors.ts';

/** How text for people is laid out. */
export interface Look {
  readonly colors: Colors;
  /** Characters that a line of a table may have. */
  readonly width: number;
  /** Characters that a line of a paragraph may have. */
  readonly paragraphs: number;
}
