/** The beginning of one direction of a TCP connection, put together from its segments in any order. Of bytes that come twice the first ones stay. */
export class TcpStream {
  readonly #most: number;
  /** Sequence number of the first byte; null before the first segment. */
  #base: number | null = null;
  #fromSyn = false;
  /** Another connection has begun on the same ports: nothing more belongs to this one. */
  #over = false;
  #bytes = new Uint8Array(0);
  /** 1 for each byte that has come. */
  #come = new Uint8Array(0);
  /** Bytes from the first on that have come without a gap. */
  #whole = 0;
  /** Behind the last byte that was sent, as far as it is wanted. */
  #sent = 0;
  #conflicts = 0;

  /** @param most bytes that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** Nothing more can come. */
  get done(): boolean {
    return this.#over || this.#whole === this.#most;
  }

  /** Whether its SYN was seen, so that the first byte is the connection's first. */
  get fromSyn(): boolean {
    return this.#fromSyn;
  }

  /** Bytes that came again and were others. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /**
   * Takes a segment.
   * @param sequence its sequence number, @param size bytes of its payload on the wire, @param payload those that were captured
   */
  add(sequence: number, syn: boolean, size: number, payload: Uint8Array): void {
    const first = syn ? (sequence + 1) >>> 0 : sequence;
    if (syn && first !== this.#base) {
      if (this.#sent > 0) this.#over = true;
      else this.#base = first;
    }
    if (this.done) return;
    this.#fromSyn ||= syn;
    this.#base ??= first;
    // Sequence numbers go round: the difference in 32 bits with its sign is how far ahead a segment is, or behind.
    const offset = (first - this.#base) | 0;
    if (offset + size <= 0) return;
    if (size > 0) this.#sent = Math.max(this.#sent, Math.min(offset + size, this.#most));
    const skipped = Math.max(0, -offset);
    this.#put(offset + skipped, payload.subarray(skipped, Math.max(skipped, this.#most - offset)));
  }

  /** The bytes in front of the first gap, or all as far as they were sent with zeros in the gaps. */
  bytes(gaps: 'stop' | 'fill'): Uint8Array {
    if (gaps === 'stop') return this.#bytes.subarray(0, this.#whole);
    const filled = new Uint8Array(this.#sent);
    filled.set(this.#bytes.subarray(0, this.#sent));
    return filled;
  }

  /** Where bytes that were sent are missing: the first and the last of each gap, at most so many. */
  gaps(most: number): [first: number, last: number][] {
    const found: [number, number][] = [];
    for (let i = this.#whole; i < this.#sent && found.length < most;) {
      const from = i;
      while (i < this.#sent && this.#come[i] !== 1) i++;
      if (i > from) found.push([from, i - 1]);
      while (i < this.#sent && this.#come[i] === 1) i++;
    }
    return found;
  }

  #put(at: number, payload: Uint8Array): void {
    if (payload.length === 0) return;
    const end = at + payload.length;
    if (end > this.#bytes.length) this.#grow(end);
    for (let i = 0; i < payload.length; i++) {
      if (this.#come[at + i] === 1) {
        if (this.#bytes[at + i] !== payload[i]) this.#conflicts++;
      } else {
        this.#bytes[at + i] = payload[i]!;
        this.#come[at + i] = 1;
      }
    }
    while (this.#come[this.#whole] === 1) this.#whole++;
  }

  #grow(needed: number): void {
    const size = Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length, 256));
    this.#bytes = longer(this.#bytes, size);
    this.#come = longer(this.#come, size);
  }
}

function longer(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(size);
  grown.set(bytes);
  return grown;
}
