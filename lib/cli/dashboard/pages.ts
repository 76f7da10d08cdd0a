import type { ServerResponse } from 'node:http';

/** What a page that does not read leaves waiting at most, in bytes; and for how long. */
const mostWaiting = 8 << 20;
const longestWaitMs = 10_000;
/** How long the last event may take. */
const lastMs = 200;

/** How many pages are served at once. */
export const mostPages = 8;

interface Open<Topic> {
  readonly response: ServerResponse;
  readonly topic: Topic;
  /** When it was last seen to read; what it was not sent yet is not sent any more. */
  readAt: number;
  /** It has been told something. */
  begun: boolean;
}

/** Pages that are open: each is sent events of its topic. One that does not read is passed over, and then dropped; nobody waits for it. */
export class Pages<Topic> {
  readonly #open = new Set<Open<Topic>>();
  readonly #now: () => number;

  /** @param now a clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#open.size;
  }

  add(response: ServerResponse, topic: Topic): void {
    const page: Open<Topic> = { response, topic, readAt: this.#now(), begun: false };
    this.#open.add(page);
    response.socket?.setTimeout(0);
    response.on('close', () => this.#open.delete(page)).on('error', () => {});
  }

  /**
   * Sends everybody an event.
   * @param eventOf the text of an event of a topic, for a page that was told nothing yet, or one that was told the last one
   */
  tell(eventOf: (topic: Topic, first: boolean) => string): void {
    const now = this.#now();
    for (const page of this.#open) {
      const { response } = page;
      if (!response.writableNeedDrain) page.readAt = now;
      else if (now - page.readAt > longestWaitMs || response.writableLength > mostWaiting) response.destroy();
      if (response.destroyed || response.writableNeedDrain) {
        page.begun = false; // what it misses now it is told again
        continue;
      }
      response.write(eventOf(page.topic, !page.begun));
      page.begun = true;
    }
  }

  /** Ends every page, and waits a moment for those that read. @param event the last one */
  async end(event: string): Promise<void> {
    const ended = [...this.#open].map(({ response }) => new Promise((resolve) => response.on('close', resolve).end(event)));
    this.#open.clear();
    if (ended.length > 0) await Promise.race([Promise.all(ended), new Promise((resolve) => setTimeout(resolve, lastMs))]);
  }
}
