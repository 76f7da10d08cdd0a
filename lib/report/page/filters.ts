import type { Dimension } from '../gather/cubes.js';

/** A span of time in milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the figures are filtered by: for each dimension some values, and a span of time. */
export class Filters {
  readonly values = new Map<Dimension, Set<string | number>>();
  span: Span | null = null;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get any(): boolean {
    return this.values.size > 0 || this.span !== null;
  }

  has(dimension: Dimension, value: string | number): boolean {
    return this.values.get(dimension)?.has(value) ?? false;
  }

  /** Takes a value, or leaves it where it was taken. */
  toggle(dimension: Dimension, value: string | number): void {
    const taken = this.values.get(dimension) ?? new Set();
    if (!taken.delete(value)) taken.add(value);
    if (taken.size > 0) this.values.set(dimension, taken);
    else this.values.delete(dimension);
    this.#changed();
  }

  choose(span: Span | null): void {
    this.span = span;
    this.#changed();
  }

  clear(): void {
    this.values.clear();
    this.span = null;
    this.#changed();
  }
}

/** What dimensions are called. */
export const titles: Readonly<Record<Dimension, string>> = {
  application: 'application',
  category: 'category',
  host: 'host',
  time: 'time',
  protocol: 'protocol',
  port: 'port',
  tcpState: 'TCP state',
  tlsVersion: 'TLS version',
  ja4: 'JA4',
  serverName: 'server name',
  dnsName: 'DNS name',
  dnsCode: 'DNS answer',
  risk: 'risk',
};
