/** The captures that a flow's pieces are from, in their order. Flows of the same captures share one. */
export class Captures {
  /** The last of them. */
  readonly name: string;
  readonly count: number;
  readonly #before: Captures | null;
  #following: Captures | null = null;
  #text: Uint8Array | null = null;

  constructor(name: string, before: Captures | null = null) {
    this.name = name;
    this.#before = before;
    this.count = before === null ? 1 : before.count + 1;
  }

  /** These, and one more behind them. */
  with(name: string): Captures {
    if (this.#following?.name !== name) this.#following = new Captures(name, this);
    return this.#following;
  }

  /** Their names as a JSON array, in UTF-8. */
  get text(): Uint8Array {
    return (this.#text ??= Buffer.from(JSON.stringify(Captures.#names(this))));
  }

  static #names(last: Captures): string[] {
    const names: string[] = [];
    for (let one: Captures | null = last; one !== null; one = one.#before) names.push(one.name);
    return names.reverse();
  }
}
