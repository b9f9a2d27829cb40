import type { ConfigId } from '../domain/moa-config.ts';
import type { Extension, Strategy } from './strategy.ts';

/** A strategy around another: of what it does not do itself it asks the one within. */
export abstract class OuterStrategy<Inner extends Omit<Strategy, 'ask'>> {
  readonly name: string;
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.name = inner.name;
    this.inner = inner;
  }

  extended(id: ConfigId): void {
    this.inner.extended?.(id);
  }

  further(): Extension | undefined {
    return this.inner.further?.();
  }

  front(): readonly ConfigId[] | undefined {
    return this.inner.front?.();
  }
}
