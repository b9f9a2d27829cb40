/**
 * The unit of work and of pairing: one question asked of one config, once. Two configs are compared on
 * the cells both have. Repeats of the holdout and of re-measurements never share numbers with tuning's.
 */
export interface Cell {
  readonly split: 'tuning' | 'holdout';
  readonly instance: string;
  /** 0-based; a different repeat means fresh samples. */
  readonly repeat: number;
}

/** A cell as one text, `tuning/0/q17`: what pairs the answers of two configs. */
export function cellKey(cell: Cell): string {
  return `${cell.split}/${cell.repeat}/${cell.instance}`;
}

/** The cell that a key names; only the instance's id may hold slashes. */
export function cellOfKey(key: string): Cell {
  const [split, repeat = '', ...instance] = key.split('/');
  if (split !== 'tuning' && split !== 'holdout') throw new Error(`not the key of a cell: ${key}`);
  return { split, repeat: Number(repeat), instance: instance.join('/') };
}
