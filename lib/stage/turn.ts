/** A stage works at most this long before timers and sockets get their turn, in milliseconds. */
const budgetMs = 5;

/** Tells a stage on the JavaScript thread when to let the event loop go round: streams drain their buffers without returning to it. */
export class Turn {
  #began = 0;

  /** Whether the work of this round of the event loop has used its time. The first call in a round starts the clock. */
  over(): boolean {
    const now = performance.now();
    if (this.#began === 0) {
      this.#began = now;
      setImmediate(() => (this.#began = 0));
    }
    return now - this.#began >= budgetMs;
  }

  /** Resolves in the next round of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
