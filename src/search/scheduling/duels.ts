import { valueAt } from '../../core/element-at.ts';
import { remembered } from '../../core/remembered.ts';
import { type Measurement, type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';
import type { Duel } from '../racing/rule.ts';
import type { ScoredCell, Trial } from '../trial.ts';

type Rows = ReadonlyMap<string, readonly number[]>;

/** Sets trials against each other, cell by cell. */
export class Duels {
  readonly #objectives: readonly ObjectiveName[];
  readonly #places: ReadonlyMap<string, number>;
  /** By a trial's list of cells, which is another as soon as there is news: the front is asked for again and again. */
  readonly #rows = new WeakMap<readonly ScoredCell[], Rows>();

  /** @param places of the cells' keys in the order in which the search hands cells out */
  constructor(objectives: readonly ObjectiveName[], places: ReadonlyMap<string, number>) {
    this.#objectives = objectives;
    this.#places = places;
  }

  /**
   * A trial against members of the front, each on the cells that both have with every objective known, in the
   * order in which the search hands cells out.
   *
   * @param most so many rivals at most, the first of `rivals` that share cells
   */
  of(candidate: Trial, rivals: readonly Trial[], most: number): Duel[] {
    const own = this.#rowsOf(candidate);
    const duels: Duel[] = [];
    for (const rival of rivals) {
      if (duels.length >= most) break;
      if (rival.trial === candidate.trial) continue;
      const theirs = this.#rowsOf(rival);
      const shared = [...own.keys()].filter((key) => theirs.has(key));
      if (shared.length === 0) continue;
      const pick = (rows: Rows) => shared.map((key) => valueAt(rows, key));
      duels.push({ candidate: pick(own), rival: pick(theirs) });
    }
    return duels;
  }

  /** In the order of places. */
  #rowsOf(trial: Trial): Rows {
    const cells = trial.measurements();
    return remembered(this.#rows, cells, () => {
      const place = ({ key }: ScoredCell): number => this.#places.get(key) ?? 0;
      const rows = new Map<string, readonly number[]>();
      for (const { key, measurement } of cells.toSorted((a, b) => place(a) - place(b))) {
        const row = rowOf(measurement, this.#objectives);
        if (row !== undefined) rows.set(key, row);
      }
      return rows;
    });
  }
}

/** Larger is better in every column; `undefined` where anything is unknown. */
function rowOf(
  measurement: Measurement,
  objectives: readonly ObjectiveName[],
): readonly number[] | undefined {
  const row: number[] = [];
  for (const name of objectives) {
    const value = measurement[name];
    if (value === null) return undefined;
    row.push(objectiveDirections[name] === 'max' ? value : -value);
  }
  return row;
}
