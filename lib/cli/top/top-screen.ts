import type { Outside } from '../streams.js';
import { Terminal, type Key, type Keyboard } from './terminal.js';
import type { TopData, TopSource } from './top-data.js';
import { topView } from './view.js';
import { begin, chosenApplications, chosenFlows, pressed, type ViewState } from './view-state.js';

/** The view on a terminal: what it shows, and what keys do. */
export class TopScreen {
  readonly #source: TopSource;
  readonly #terminal: Terminal;
  readonly #quit: () => void;
  #state: ViewState;
  #data: TopData;
  #details: [name: string, value: string][] = [];
  #page = 1;

  /** @param quit is called when the user has seen enough, or has gone */
  constructor(source: TopSource, keyboard: Keyboard, outside: Outside, quit: () => void) {
    this.#source = source;
    this.#data = source.data();
    this.#state = { ...begin, order: source.order };
    this.#quit = quit;
    const color = (outside.env['NO_COLOR'] ?? '') === '';
    const user = { key: (key: Key) => this.#key(key), changed: () => this.#draw(), end: quit };
    this.#terminal = new Terminal(keyboard, outside.stdout, outside.signals, color, user);
  }

  enter(): void {
    this.#terminal.enter();
    this.#draw();
  }

  leave(): void {
    this.#terminal.leave();
  }

  /** There may be something new. */
  refresh(): void {
    if (this.#state.paused) return;
    this.#data = this.#source.data();
    this.#draw();
  }

  #key(key: Key): void {
    const { state, effect } = pressed(this.#state, key, this.#length(), this.#page);
    this.#state = state;
    if (effect === 'quit') return this.#quit();
    if (effect === 'details') {
      const flow = chosenFlows(this.#data.flows, state)[state.chosen.flows];
      if (flow !== undefined) {
        this.#details = flow.flow.details();
        this.#state = { ...state, over: 'details', scrolled: 0 };
      }
    } else if (effect === 'only this application') {
      const one = chosenApplications(this.#data.applications, state)[state.chosen.applications];
      if (one !== undefined) this.#state = { ...state, filter: one.name, pane: 'flows', chosen: { applications: 0, flows: 0 } };
    }
    this.#draw();
  }

  #length(): number {
    if (this.#state.over === 'details') return this.#details.length;
    return this.#state.pane === 'flows' ? chosenFlows(this.#data.flows, this.#state).length : chosenApplications(this.#data.applications, this.#state).length;
  }

  #draw(): void {
    const { columns, rows } = this.#terminal;
    const applications = chosenApplications(this.#data.applications, this.#state);
    const flows = chosenFlows(this.#data.flows, this.#state);
    const { lines, page } = topView(this.#data, this.#state, applications, flows, this.#details, { columns, rows });
    this.#page = page;
    this.#terminal.draw(lines);
  }
}
