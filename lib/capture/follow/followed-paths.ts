/** The captures that a reading follows, one after the other. */
export interface FollowedPaths {
  /** The next one, once it is there; null when none is to come. One call at a time. */
  next(): Promise<string | null>;
  /** Whether the capture under way is the last one so far: more of it is waited for. Calls `onMore`, once, when that changes. */
  isLast(onMore: () => void): boolean;
  /** The capture of the last path was read to its end. */
  readTo(path: string): Promise<void>;
  /** The last path stands for another file now, or its file begins anew: it is the next one, too. */
  again(): void;
  /** None is to come: a call of next() under way gives null. Frees everything. */
  close(): void;
}

/** One path, again and again. */
export class SamePath implements FollowedPaths {
  readonly #path: string;
  #due = true;

  constructor(path: string) {
    this.#path = path;
  }

  async next(): Promise<string | null> {
    const due = this.#due;
    this.#due = false;
    return due ? this.#path : null;
  }

  isLast(): boolean {
    return true;
  }

  async readTo(): Promise<void> {}

  again(): void {
    this.#due = true;
  }

  close(): void {
    this.#due = false;
  }
}
