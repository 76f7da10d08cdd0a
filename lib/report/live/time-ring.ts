interface Place<Item> {
  /** Which span it holds, counted from the epoch. */
  number: number;
  readonly item: Item;
}

/** Spans of one length, of which the last few are kept. A span takes the place, and the memory, of the one that it drives out. */
export class TimeRing<Item> {
  readonly widthMs: number;
  readonly #count: number;
  readonly #places: Place<Item>[] = [];
  readonly #make: () => Item;
  readonly #clear: (item: Item) => void;

  /** @param count spans that are kept, @param clear empties what a span held */
  constructor(widthMs: number, count: number, make: () => Item, clear: (item: Item) => void) {
    this.widthMs = widthMs;
    this.#count = count;
    this.#make = make;
    this.#clear = clear;
  }

  /** What the span of this time holds. */
  at(ms: number): Item {
    const number = Math.floor(ms / this.widthMs);
    const place = (this.#places[number % this.#count] ??= { number, item: this.#make() });
    if (place.number !== number) {
      this.#clear(place.item);
      place.number = number;
    }
    return place.item;
  }

  /** The spans up to that of this time, the oldest first; null for one of which nothing was kept. */
  upTo(ms: number): (Item | null)[] {
    const last = Math.floor(ms / this.widthMs);
    return Array.from({ length: this.#count }, (_, at) => {
      const number = last - this.#count + 1 + at;
      const place = this.#places[number % this.#count];
      return place?.number === number ? place.item : null;
    });
  }

  /** When the first of {@link upTo} begins. */
  startMs(ms: number): number {
    return (Math.floor(ms / this.widthMs) - this.#count + 1) * this.widthMs;
  }

  /** Everything that is held. */
  items(): Item[] {
    return this.#places.filter((place) => place !== undefined).map(({ item }) => item);
  }
}
