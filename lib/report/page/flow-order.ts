import type { Column } from '@uwdata/flechette';
import { visible } from '../../text/visible-text.js';
import type { Flows } from './flows.js';
import type { View } from './sums.js';

/** Searches and sorts flows. What a column needs for that is made when it is first asked for. */
export class FlowOrder {
  readonly #flows: Flows;
  readonly #view: View;
  readonly #columns = new Map<string, Column<unknown>>();
  readonly #keys = new Map<string, Float64Array>();
  readonly #texts = new Map<string, { codes: Uint32Array; lower: string[] }>();

  constructor(flows: Flows, view: View) {
    this.#flows = flows;
    this.#view = view;
    for (const name of flows.table.names as string[]) this.#columns.set(name, flows.table.getChild(name) as Column<unknown>);
  }

  /** A value as the flow has it. */
  value(name: string, row: number): unknown {
    return this.#columns.get(name)?.at(row) ?? null;
  }

  /** The rows of which a column has a text, in whatever case. */
  search(rows: Uint32Array<ArrayBuffer>, text: string): Uint32Array<ArrayBuffer> {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return rows;
    const found = new Uint8Array(this.#flows.length);
    for (const [name, column] of this.#columns) {
      if (typeof column.at(0) === 'string' || this.#texts.has(name)) {
        const { codes, lower } = this.#textsOf(name);
        const hits = lower.map((one) => one.includes(wanted));
        for (const row of rows) if (hits[codes[row]!]) found[row] = 1;
      } else if (/^[\d.-]+$/.test(wanted)) {
        for (const row of rows) if (found[row] === 0 && String(column.at(row)) === wanted) found[row] = 1;
      }
    }
    return rows.filter((row) => found[row] === 1);
  }

  /** The rows by a column, or by an order that no column has; '' for the order of the flows. */
  sorted(rows: Uint32Array<ArrayBuffer>, name: string, down: boolean): Uint32Array<ArrayBuffer> {
    if (name === '') return rows;
    const keys = this.#keysOf(name);
    const sign = down ? -1 : 1;
    return rows.slice().sort((one, other) => {
      const [a, b] = [keys[one]!, keys[other]!];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || one - other;
      return sign * (a - b) || one - other;
    });
  }

  #keysOf(name: string): Float64Array {
    let keys = this.#keys.get(name);
    if (keys === undefined) this.#keys.set(name, (keys = this.#makeKeys(name)));
    return keys;
  }

  #makeKeys(name: string): Float64Array {
    switch (name) {
      case ' duration':
        return this.#flows.durations();
      case ' bytes':
        return this.#flows.amounts(({ amounts }) => amounts.bytes);
      case ' strange':
        return this.#flows.strangeness(this.#view.told.flows, this.#kinds());
    }
    const column = this.#columns.get(name)!;
    if (this.#isText(column)) {
      const { codes, lower } = this.#textsOf(name);
      const order = lower.map((_, code) => code).sort((one, other) => (lower[one]! < lower[other]! ? -1 : lower[one]! > lower[other]! ? 1 : 0));
      const ranks = new Float64Array(order.length);
      order.forEach((code, rank) => (ranks[code] = rank));
      return Float64Array.from(codes, (code, row) => (column.at(row) === null ? NaN : ranks[code]!));
    }
    return Float64Array.from({ length: this.#flows.length }, (_, row) => {
      const value = column.at(row);
      return value === null ? NaN : Number(value);
    });
  }

  /** How many flows there are of each kind. */
  #kinds(): Map<string, number> {
    return new Map(this.#view.told.tables.ports.cells.map(({ key, flows }) => [`${key.protocol} ${key.port} ${key.application}`, flows]));
  }

  #isText(column: Column<unknown>): boolean {
    for (let row = 0; row < column.length; row++) {
      const value = column.at(row);
      if (value !== null) return typeof value === 'string';
    }
    return false;
  }

  #textsOf(name: string): { codes: Uint32Array; lower: string[] } {
    let made = this.#texts.get(name);
    if (made !== undefined) return made;
    const column = this.#columns.get(name)!;
    const known = new Map<string, number>();
    const lower: string[] = [];
    const codes = Uint32Array.from({ length: this.#flows.length }, (_, row) => {
      const value = (column.at(row) as string | null) ?? '';
      let code = known.get(value);
      if (code === undefined) {
        known.set(value, (code = lower.length));
        lower.push(visible(value).toLowerCase());
      }
      return code;
    });
    this.#texts.set(name, (made = { codes, lower }));
    return made;
  }
}
