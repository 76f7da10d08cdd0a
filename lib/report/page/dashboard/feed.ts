import type { LookData, WindowName } from '../../gather/live-data.js';

/** How a connection to the run does. */
export type FeedState = 'open' | 'lost' | 'refused' | 'full' | 'ended';

/** Who is told what comes. */
export interface FeedReader {
  take(data: LookData): void;
  changed(state: FeedState): void;
}

const againMs = 2000;
/** The longest event that is believed. */
const longestEvent = 16 << 20;

/** Reads what a run tells of a window, each second, and tries again where the connection is lost. The token goes in a header: nothing else of the browser's could send it. */
export class Feed {
  readonly #token: string;
  readonly #reader: FeedReader;
  #cancel = new AbortController();

  constructor(token: string, reader: FeedReader) {
    this.#token = token;
    this.#reader = reader;
  }

  /** Reads of this window, and no other any more. */
  open(window: WindowName): void {
    this.close();
    const { signal } = (this.#cancel = new AbortController());
    void this.#read(window, signal);
  }

  close(): void {
    this.#cancel.abort();
  }

  async #read(window: WindowName, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const state = await this.#readOnce(window, signal).catch((): FeedState => 'lost');
      if (signal.aborted) return;
      this.#reader.changed(state);
      if (state === 'refused' || state === 'ended') return;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }

  async #readOnce(window: WindowName, signal: AbortSignal): Promise<FeedState> {
    const headers = { Authorization: `Bearer ${this.#token}` };
    const response = await fetch(`events?window=${window}`, { headers, signal, cache: 'no-store', credentials: 'omit', redirect: 'error' });
    if (response.status === 503) return 'full';
    if (!response.ok || response.body === null) return 'refused';
    this.#reader.changed('open');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += piece.value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (event.startsWith('event: end')) return 'ended';
        if (event.startsWith('data: ')) this.#reader.take(JSON.parse(event.slice(6)) as LookData);
      }
      if (text.length > longestEvent) return 'lost';
    }
    return 'lost';
  }
}
