import type { NativeFilter } from '../../typings/native.js';
import { FlowError } from '../errors.js';
import { asFlowError, native } from '../native.js';

/** Longer expressions are no filter that libpcap could compile in minutes. */
const mostCharacters = 65_536;
/** So few compile in about a millisecond. */
const fewCharacters = 512;
/** The name service may take seconds to answer. */
const hostName = /[a-z-]\.[a-z]|\.[a-z]{2}/i;

/** The characters of an expression that a sentence shows. */
const shownCharacters = 80;

/**
 * The filter of a source, compiled once for all its captures. A short one without the name of a host is checked at once; libpcap takes
 * seconds for others, which are compiled away from the JavaScript thread, by {@link CaptureFilter.ready}.
 */
export class CaptureFilter {
  /** Null keeps every packet. */
  readonly native: NativeFilter | null;
  readonly #text: string;
  #ready: Promise<void> | null = null;

  /** @throws {FlowError} ERR_NFSTREAM_FILTER */
  constructor(text: string) {
    this.#text = text;
    if (text.length > mostCharacters) throw this.#invalid(`no more than ${mostCharacters} characters are compiled`);
    if (text.includes('\0')) throw this.#invalid('it has a NUL byte');
    this.native = text === '' ? null : new native.NativeFilter(text);
    if (this.native !== null && text.length <= fewCharacters && !hostName.test(text)) {
      this.#judge(this.native.problem());
      this.#ready = Promise.resolve();
    }
  }

  /**
   * Resolves once it is compiled.
   * @throws {FlowError} ERR_NFSTREAM_FILTER, ERR_NFSTREAM_MEMORY
   */
  ready(): Promise<void> {
    this.#ready ??= this.#compile();
    return this.#ready;
  }

  async #compile(): Promise<void> {
    if (this.native === null) return;
    const problem = await this.native.compile().catch((error: unknown) => {
      throw asFlowError(error);
    });
    this.#judge(problem);
  }

  #judge(problem: string): void {
    if (problem !== '') throw this.#invalid(problem);
  }

  #invalid(why: string): FlowError {
    const { length } = this.#text;
    const shown =
      length <= shownCharacters ? JSON.stringify(this.#text) : `${JSON.stringify(`${this.#text.slice(0, shownCharacters)}...`)} of ${length} characters`;
    return new FlowError('ERR_NFSTREAM_FILTER', `The filter ${shown} is not valid: ${why}.`);
  }
}
