import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a wait takes at most. It only matters where something is wrong: a machine that does much else needs longer than one would expect. */
const longestMs = 60_000;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A real terminal with a shell in it, in tmux. One process is asked for everything (tmux's control mode), which also tells when the screen has changed: nothing
 * is started or asked again and again while a test waits.
 */
export class Tmux {
  readonly #control: ChildProcessWithoutNullStreams;
  readonly #answers: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  readonly #events = new EventEmitter();
  /** The lines of the answer under way. */
  #answer: string[] | null = null;
  #changes = 0;
  #gone = false;

  /** @param socket path of a file that is not there */
  constructor(socket: string, cwd: string) {
    // ENV names what sh reads first: none, so that its prompt is this one.
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', 'env -u ENV PS1=ready: sh'], { cwd });
    this.#control = spawn('tmux', ['-S', socket, '-C', 'attach-session'], { cwd });
    createInterface({ input: this.#control.stdout }).on('line', (line) => this.#take(line));
    this.#control.on('close', () => {
      this.#gone = true;
      for (const { reject } of this.#answers.splice(0)) reject(new Error('tmux has ended.'));
      this.#events.emit('change');
    });
    this.#answers.push({ resolve: () => {}, reject: () => {} }); // of attach-session itself
  }

  #take(line: string): void {
    if (/^%(end|error) /.test(line) && this.#answer !== null) {
      const [text, asked] = [this.#answer.join('\n'), this.#answers.shift()];
      this.#answer = null;
      if (line.startsWith('%end')) asked?.resolve(text);
      else asked?.reject(new Error(`tmux: ${text}`));
    } else if (this.#answer !== null) this.#answer.push(line);
    else if (line.startsWith('%begin ')) this.#answer = [];
    else {
      this.#changes++;
      this.#events.emit('change');
    }
  }

  #ask(...words: string[]): Promise<string> {
    if (this.#gone) return Promise.reject(new Error('tmux has ended.'));
    this.#control.stdin.write(`${words.map(quoted).join(' ')}\n`);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  /** Presses keys, by tmux's names of them. */
  async press(...keys: string[]): Promise<void> {
    await this.#ask('send-keys', ...keys);
  }

  /** Types a text, and Enter. */
  async type(text: string): Promise<void> {
    await this.#ask('send-keys', '-l', text);
    await this.press('Enter');
  }

  /** Gives the terminal another size. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#ask('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What is seen, with escapes where they are asked for. */
  screen(escapes = false): Promise<string> {
    return this.#ask('capture-pane', '-p', ...(escapes ? ['-e'] : []));
  }

  /** Whether the other screen is shown, whether the cursor is, and the size: `1 0 80x24`. */
  state(): Promise<string> {
    return this.#ask('display-message', '-p', '#{alternate_on} #{cursor_flag} #{pane_width}x#{pane_height}');
  }

  /** The process that the shell has started last. */
  async child(): Promise<number> {
    const shell = await this.#ask('display-message', '-p', '#{pane_pid}');
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ').at(-1));
  }

  /** Waits until the screen is as it is wanted, and the state begins so, and fails with what it shows instead. @returns the screen */
  async shows(wanted: RegExp, state = ''): Promise<string> {
    const limit = AbortSignal.timeout(longestMs);
    for (;;) {
      const seen = this.#changes;
      const [is, screen] = [await this.state(), await this.screen()];
      if (wanted.test(screen) && is.startsWith(state)) return screen;
      if (seen === this.#changes)
        await once(this.#events, 'change', { signal: limit }).catch(() => {
          throw new Error(`Waited for ${wanted}${state === '' ? '' : ` with ${state}`}; the state is ${is}, and the screen shows:\n${screen}`);
        });
    }
  }

  /** Ends the terminal, and what runs in it. */
  async close(): Promise<void> {
    if (this.#gone) return;
    const closed = once(this.#control, 'close');
    await this.#ask('kill-server').catch(() => {}); // it ends instead of answering
    await closed;
  }
}
