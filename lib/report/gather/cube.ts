import { grown } from '../../text/texts.js';

/** What every cell adds up: an amount (bytes, where nothing else is said), packets, flows. */
export const sums = 3;

/**
 * Sums by up to three whole numbers, in bounded memory. When there are more cells than it may have, the half with the smallest amount is given up: a cell's sums are lower bounds from then
 * on, and `missing` says by how much an amount may be too small.
 */
export class Cube {
  readonly width: number;
  /** Cells at most. */
  readonly limit: number;
  size = 0;
  /** Amount that a cell may lack; 0 while everything is exact. */
  missing = 0;
  /** The numbers of a cell, `width` each. */
  keys: Int32Array;
  /** Amount, packets and flows of each cell. */
  totals: Float64Array;
  /** The least of a further value in each cell, Infinity where none was told. */
  least: Float64Array;
  #table = new Int32Array(1 << 8);

  /** @param width numbers of a cell, @param limit cells at most */
  constructor(width: number, limit: number) {
    this.width = width;
    this.limit = limit;
    this.keys = new Int32Array(width << 6);
    this.totals = new Float64Array(sums << 6);
    this.least = new Float64Array(1 << 6).fill(Infinity);
  }

  /** Adds to the cell of these numbers. @returns the flows that are in it by now */
  add(a: number, b: number, c: number, amount: number, packets: number, flows = 1, least = Infinity): number {
    const at = this.#cell(a, b, c);
    const total = at * sums;
    this.totals[total]! += amount;
    this.totals[total + 1]! += packets;
    if (least < this.least[at]!) this.least[at] = least;
    return (this.totals[total + 2]! += flows);
  }

  /** Keeps the cells with the most, at most so many; of equal ones the first. */
  shrink(count: number): void {
    if (this.size <= count) return;
    const { keys, totals, least, width, size } = this;
    const amounts = new Float64Array(size);
    for (let at = 0; at < size; at++) amounts[at] = totals[at * sums]!;
    const border = smallest(amounts.slice(), size - count - 1);
    let above = 0;
    for (let at = 0; at < size; at++) if (amounts[at]! > border) above++;
    let equal = count - above;
    this.missing += border;
    let to = 0;
    for (let at = 0; at < size; at++) {
      if (amounts[at]! < border || (amounts[at] === border && equal-- <= 0)) continue;
      for (let key = 0; key < width; key++) keys[to * width + key] = keys[at * width + key]!;
      for (let sum = 0; sum < sums; sum++) totals[to * sums + sum] = totals[at * sums + sum]!;
      least[to++] = least[at]!;
    }
    this.size = to;
    this.#index(this.#table.length);
  }

  /** Changes the numbers that stand for texts. @param columns which of the numbers, @param change the new number of an old one */
  renumber(columns: readonly boolean[], change: (code: number) => number): void {
    const { keys, width } = this;
    columns.forEach((is, column) => {
      if (is) for (let at = 0; at < this.size; at++) keys[at * width + column] = change(keys[at * width + column]!);
    });
    this.#index(this.#table.length);
  }

  /** Adds the cells of another one with as many numbers. */
  merge(other: Cube): void {
    const { width, keys, totals, least } = other;
    for (let at = 0; at < other.size; at++) {
      const [key, total] = [at * width, at * sums];
      const [b, c] = [width > 1 ? keys[key + 1]! : 0, width > 2 ? keys[key + 2]! : 0];
      this.add(keys[key]!, b, c, totals[total]!, totals[total + 1]!, totals[total + 2]!, least[at]!);
    }
    this.missing += other.missing;
  }

  /** Forgets every cell. */
  clear(): void {
    this.size = this.missing = 0;
    this.#table.fill(0);
  }

  /** The cells with the most of an amount, the most first; equal ones in the order in which they came. */
  heaviest(count: number, sum = 0): number[] {
    const all = Array.from({ length: this.size }, (_, at) => at);
    return all.sort((x, y) => this.totals[y * sums + sum]! - this.totals[x * sums + sum]! || x - y).slice(0, count);
  }

  #cell(a: number, b: number, c: number): number {
    const { width, keys } = this;
    const mask = this.#table.length - 1;
    let slot = hashOf(a, b, c) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const at = this.#table[slot]! - 1;
      if (at < 0) break;
      const key = at * width;
      if (keys[key] === a && (width < 2 || keys[key + 1] === b) && (width < 3 || keys[key + 2] === c)) return at;
    }
    if (this.size >= this.limit) {
      this.shrink(this.limit >> 1);
      return this.#cell(a, b, c);
    }
    return this.#insert(a, b, c, slot);
  }

  #insert(a: number, b: number, c: number, slot: number): number {
    const at = this.size++;
    if (at === this.least.length) {
      this.keys = grown(this.keys);
      this.totals = grown(this.totals);
      this.least = grown(this.least);
    }
    const key = at * this.width;
    this.keys[key] = a;
    if (this.width > 1) this.keys[key + 1] = b;
    if (this.width > 2) this.keys[key + 2] = c;
    this.totals.fill(0, at * sums, (at + 1) * sums);
    this.least[at] = Infinity;
    this.#table[slot] = at + 1;
    if (this.size * 2 > this.#table.length) this.#index(this.#table.length * 2);
    return at;
  }

  #index(length: number): void {
    this.#table = new Int32Array(length);
    const mask = length - 1;
    for (let at = 0; at < this.size; at++) {
      const key = at * this.width;
      let slot = hashOf(this.keys[key]!, this.width > 1 ? this.keys[key + 1]! : 0, this.width > 2 ? this.keys[key + 2]! : 0) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = at + 1;
    }
  }
}

/** The value that would stand at a place if the values were sorted, smallest first; they are moved about. Which values it compares with does not change what it finds. */
function smallest(values: Float64Array, place: number): number {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = values[from + Math.floor(Math.random() * (to - from + 1))]!;
    let [left, right] = [from, to];
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (place <= right) to = right;
    else if (place >= left) from = left;
    else break;
  }
  return values[place]!;
}

function hashOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(c + 0x165667b1, 0xc2b2ae35), 0x27d4eb2f);
  return hash ^ (hash >>> 16);
}
