import type { CheckedRule } from './rule.js';

/** Rules by their times: sorted by their begin, as a balanced tree whose every node knows the latest end below it. It has no more memory than its rules. */
export class Intervals {
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #latest: Float64Array;

  /** The numbers, sorted by the rules' begin. */
  readonly numbers: readonly number[];

  /** @param rules all rules, @param numbers which of them */
  constructor(rules: readonly CheckedRule[], numbers: readonly number[]) {
    this.numbers = [...numbers].sort((a, b) => rules[a]!.from - rules[b]!.from || a - b);
    this.#from = Float64Array.from(this.numbers, (number) => rules[number]!.from);
    this.#to = Float64Array.from(this.numbers, (number) => rules[number]!.to);
    this.#latest = new Float64Array(numbers.length);
    this.#fill(0, numbers.length);
  }

  get size(): number {
    return this.numbers.length;
  }

  /** Of a single rule: whether some time of it lies between these, with both. */
  holds(first: number, last: number): boolean {
    return this.#from[0]! <= last && first < this.#to[0]!;
  }

  /** Adds the numbers of the rules of which some time lies between these, with both, to a list. */
  find(first: number, last: number, found: number[]): void {
    this.#find(0, this.numbers.length, first, last, found);
  }

  #fill(low: number, high: number): number {
    if (low >= high) return -Infinity;
    const middle = (low + high) >> 1;
    return (this.#latest[middle] = Math.max(this.#to[middle]!, this.#fill(low, middle), this.#fill(middle + 1, high)));
  }

  #find(low: number, high: number, first: number, last: number, found: number[]): void {
    if (low >= high) return;
    const middle = (low + high) >> 1;
    if (this.#latest[middle]! <= first) return;
    this.#find(low, middle, first, last, found);
    if (this.#from[middle]! > last) return;
    if (first < this.#to[middle]!) found.push(this.numbers[middle]!);
    this.#find(middle + 1, high, first, last, found);
  }
}
