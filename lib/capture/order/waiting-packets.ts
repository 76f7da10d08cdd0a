/** Packets that wait for their turn, by number: those that came in order in a queue, the others in a heap, so that only they cost more the more of them there are. */
export class WaitingPackets {
  /** By number: the time, and the place among all packets that came. */
  #times = new Float64Array(1024);
  #places = new Float64Array(1024);
  /** By number: which of the held batches, and which packet of it. */
  #batches = new Int32Array(1024);
  #indices = new Int32Array(1024);
  #free: number[] = [];
  #numbers = 0;
  #came = 0;
  /** A ring, whose length is a power of two. */
  #queue = new Int32Array(1024);
  #head = 0;
  #queued = 0;
  #newest = -Infinity;
  readonly #heap: number[] = [];

  get size(): number {
    return this.#queued + this.#heap.length;
  }

  /** @returns whether the packet is behind its turn: one with a later time came before it */
  add(time: number, batch: number, index: number): boolean {
    const number = this.#take();
    this.#times[number] = time;
    this.#places[number] = this.#came++;
    this.#batches[number] = batch;
    this.#indices[number] = index;
    if (time >= this.#newest || this.#queued === 0) {
      this.#newest = time;
      this.#enqueue(number);
      return this.#heap.length > 0 && time < this.#times[this.#heap[0]!]!;
    }
    this.#rise(number);
    return true;
  }

  /** The number of the packet whose turn is next; -1 where none waits. */
  first(): number {
    const [queued, late] = [this.#queued > 0 ? this.#queue[this.#head]! : -1, this.#heap[0] ?? -1];
    if (queued < 0 || late < 0) return Math.max(queued, late);
    return this.#before(late, queued) ? late : queued;
  }

  /** Of a number: the packet's time, its batch, and its place there. */
  time(number: number): number {
    return this.#times[number]!;
  }

  batch(number: number): number {
    return this.#batches[number]!;
  }

  index(number: number): number {
    return this.#indices[number]!;
  }

  /** The first one waits no more. */
  remove(number: number): void {
    if (number === this.#heap[0]) this.#sink();
    else {
      this.#head = (this.#head + 1) & (this.#queue.length - 1);
      this.#queued--;
    }
    this.#free.push(number);
  }

  #before(a: number, b: number): boolean {
    const [early, late] = [this.#times[a]!, this.#times[b]!];
    return early < late || (early === late && this.#places[a]! < this.#places[b]!);
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#numbers === this.#times.length) {
      this.#times = grown(this.#times, new Float64Array(2 * this.#numbers));
      this.#places = grown(this.#places, new Float64Array(2 * this.#numbers));
      this.#batches = grown(this.#batches, new Int32Array(2 * this.#numbers));
      this.#indices = grown(this.#indices, new Int32Array(2 * this.#numbers));
    }
    return this.#numbers++;
  }

  #enqueue(number: number): void {
    if (this.#queued === this.#queue.length) {
      const larger = new Int32Array(2 * this.#queued);
      larger.set(this.#queue.subarray(this.#head));
      larger.set(this.#queue.subarray(0, this.#head), this.#queued - this.#head);
      this.#queue = larger;
      this.#head = 0;
    }
    this.#queue[(this.#head + this.#queued++) & (this.#queue.length - 1)] = number;
  }

  #rise(number: number): void {
    const heap = this.#heap;
    let at = heap.push(number) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.#before(number, heap[above]!); at = above, above = (at - 1) >> 1) heap[at] = heap[above]!;
    heap[at] = number;
  }

  #sink(): void {
    const heap = this.#heap;
    const number = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && this.#before(heap[below + 1]!, heap[below]!)) below++;
      if (!this.#before(heap[below]!, number)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = number;
  }
}

function grown<T extends Float64Array | Int32Array>(values: T, larger: T): T {
  larger.set(values);
  return larger;
}
