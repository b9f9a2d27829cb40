import { elementAt } from '../core/element-at.ts';
import { remembered } from '../core/remembered.ts';

type Labels = Readonly<Record<string, string | number>>;

interface Metric {
  /** Its samples as OpenMetrics text, without name and help. */
  lines(): string[];
  readonly head: string;
}

/** What a server tells of itself, as OpenMetrics text. */
export class Registry {
  readonly #metrics: Metric[] = [];

  counter(name: string, help: string): Counter {
    return this.#add(new Counter(name, help));
  }

  histogram(name: string, help: string, unit: string, bounds: readonly number[]): Histogram {
    return this.#add(new Histogram(name, help, unit, bounds));
  }

  /** @param read asked at every scrape. */
  gauge(name: string, help: string, read: () => number): void {
    this.#metrics.push({
      head: `# TYPE ${name} gauge\n# HELP ${name} ${help}`,
      lines: () => [`${name} ${read()}`],
    });
  }

  text(): string {
    const parts = this.#metrics.flatMap((metric) => [metric.head, ...metric.lines()]);
    return `${parts.join('\n')}\n# EOF\n`;
  }

  #add<Kind extends Metric>(metric: Kind): Kind {
    this.#metrics.push(metric);
    return metric;
  }
}

export const metricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export class Counter implements Metric {
  readonly head: string;
  readonly #name: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.head = `# TYPE ${name} counter\n# HELP ${name} ${help}`;
  }

  add(labels: Labels = {}, amount = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  lines(): string[] {
    return [...this.#values].map(([labels, value]) => `${this.#name}_total${braced(labels)} ${value}`);
  }
}

export class Histogram implements Metric {
  readonly head: string;
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  constructor(name: string, help: string, unit: string, bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = bounds;
    const told = unit === '' ? '' : `# UNIT ${name} ${unit}\n`;
    this.head = `# TYPE ${name} histogram\n${told}# HELP ${name} ${help}`;
  }

  observe(labels: Labels, value: number): void {
    const series = remembered(this.#series, labelText(labels), () => ({
      counts: this.#bounds.map(() => 0),
      sum: 0,
      count: 0,
    }));
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) series.counts[at] = elementAt(series.counts, at) + 1;
    series.sum += value;
    series.count++;
  }

  lines(): string[] {
    return [...this.#series].flatMap(([labels, { counts, sum, count }]) => {
      const comma = labels === '' ? '' : ',';
      let below = 0;
      const buckets = counts.map((inside, index) => {
        below += inside;
        return `${this.#name}_bucket{${labels}${comma}le="${this.#bounds[index]}"} ${below}`;
      });
      return [
        ...buckets,
        `${this.#name}_bucket{${labels}${comma}le="+Inf"} ${count}`,
        `${this.#name}_sum${braced(labels)} ${sum}`,
        `${this.#name}_count${braced(labels)} ${count}`,
      ];
    });
  }
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
