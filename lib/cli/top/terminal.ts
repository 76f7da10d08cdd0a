import { clearViewport, cursorHide, cursorShow, cursorTo, enterAlternativeScreen, eraseEndLine, exitAlternativeScreen } from 'ansi-escapes';
import type { EventEmitter } from 'node:events';
import { emitKeypressEvents } from 'node:readline';
import type { OutputStream } from '../streams.js';
import { painted, type Line } from './painting.js';

/** The keyboard of a terminal. */
export interface Keyboard extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  unref?(): unknown;
}

/** A key: its name where it has one, such as `up` or `return`, else what it types. */
export interface Key {
  readonly name: string;
  /** What it types; '' where it types nothing. */
  readonly text: string;
}

/** Who is told what happens at the terminal. */
export interface TerminalUser {
  key(key: Key): void;
  /** The screen has another size, or is there again: everything is drawn anew. */
  changed(): void;
  /** The terminal has gone, or its user wants an end. */
  end(): void;
}

/** The size where the terminal does not tell. */
const usual = { columns: 80, rows: 24 };

/** What ends the process without a word to us where nobody listens. SIGINT and SIGTERM have listeners of their own. */
const endings = ['SIGHUP', 'SIGQUIT'] as const;

/** The whole screen of a terminal, which is left as it was: by `leave()`, and when the process ends, fails or is stopped meanwhile. */
export class Terminal {
  readonly #input: Keyboard;
  readonly #output: OutputStream & { readonly rows?: number };
  readonly #signals: EventEmitter;
  readonly #color: boolean;
  readonly #user: TerminalUser;
  #drawn: string[] = [];
  #entered = false;
  readonly #listeners: [from: { on: EventEmitter['on']; off: EventEmitter['off'] }, name: string, listener: (...args: any[]) => void][];

  /** @param color whether colours may be used */
  constructor(input: Keyboard, output: OutputStream, signals: EventEmitter, color: boolean, user: TerminalUser) {
    this.#input = input;
    this.#output = output;
    this.#signals = signals;
    this.#color = color;
    this.#user = user;
    const leave = (): void => this.leave();
    const end = (): void => user.end();
    this.#listeners = [
      [input, 'keypress', (text: string | undefined, key: { name?: string; ctrl?: boolean; sequence?: string } | undefined) => this.#pressed(text, key)],
      [input, 'end', end],
      [input, 'error', end],
      [output as unknown as EventEmitter, 'resize', () => this.#redraw()],
      [signals, 'SIGTSTP', () => this.#stop()],
      [signals, 'SIGCONT', () => this.#goOn()],
      ...endings.map((name): [EventEmitter, string, () => void] => [signals, name, end]),
      [signals, 'exit', leave],
      [signals, 'uncaughtExceptionMonitor', leave],
    ];
  }

  get columns(): number {
    return this.#output.columns || usual.columns;
  }

  get rows(): number {
    return this.#output.rows || usual.rows;
  }

  /** Takes the screen. */
  enter(): void {
    emitKeypressEvents(this.#input as NodeJS.ReadStream);
    for (const [from, name, listener] of this.#listeners) from.on(name, listener);
    this.#take();
    this.#input.resume();
  }

  /** Gives it back. Once more it does nothing. */
  leave(): void {
    for (const [from, name, listener] of this.#listeners) from.off(name, listener);
    this.#give();
    this.#input.pause();
  }

  /** Shows lines, the first at the top; what has not changed is not written again. */
  draw(lines: readonly Line[]): void {
    if (!this.#entered) return;
    const { rows, columns } = this;
    let text = '';
    for (let row = 0; row < rows; row++) {
      const line = painted(lines[row] ?? [], columns, this.#color);
      if (this.#drawn[row] === line) continue;
      text += `${cursorTo(0, row)}${line}${eraseEndLine}`;
      this.#drawn[row] = line;
    }
    this.#drawn.length = rows;
    if (text !== '') this.#output.write(text);
  }

  #take(): void {
    this.#entered = true;
    this.#drawn = [];
    this.#input.setRawMode?.(true);
    this.#output.write(`${enterAlternativeScreen}${cursorHide}${clearViewport}`);
  }

  #give(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#output.write(`\x1b[0m${cursorShow}${exitAlternativeScreen}`);
    this.#input.setRawMode?.(false);
  }

  #redraw(): void {
    if (!this.#entered) return;
    this.#drawn = [];
    this.#output.write(clearViewport);
    this.#user.changed();
  }

  #pressed(text: string | undefined, key: { name?: string; ctrl?: boolean; sequence?: string } | undefined): void {
    const name = key?.name ?? text ?? '';
    if (key?.ctrl === true) {
      if (name === 'c' || name === 'd' || name === '\\') this.#user.end();
      else if (name === 'z') this.#stop();
      else if (name === 'l') this.#redraw();
      return;
    }
    if (key?.sequence === '\x1c') return this.#user.end(); // Ctrl-\
    const typed = text !== undefined && Array.from(text).length === 1 && text >= ' ' && text !== '\x7f' ? text : '';
    this.#user.key({ name, text: typed });
  }

  /** Ctrl-Z: the shell has the terminal until the process goes on. */
  #stop(): void {
    this.#give();
    // To the group, as the terminal itself would: npx and the like wait for theirs.
    if (this.#signals === (process as EventEmitter)) process.kill(0, 'SIGSTOP');
  }

  #goOn(): void {
    if (this.#entered) return;
    this.#take();
    this.#user.changed();
  }
}
