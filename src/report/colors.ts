import picocolors from 'picocolors';

/** Functions that dress text for a terminal, or leave it as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

export function createColors(enabled: boolean): Colors {
  return picocolors.createColors(enabled);
}
