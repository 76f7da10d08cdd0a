import type { Key } from './terminal.js';
import type { TopApplication, TopFlow } from './top-data.js';

/** What flows and applications can be sorted by. */
export const orders = ['rate', 'bytes', 'packets', 'flows', 'duration', 'name'] as const;

/** An order of the lists. */
export type Order = (typeof orders)[number];

/** Which of the lists has the keys. */
export type Pane = 'applications' | 'flows';

/** What the user has chosen. */
export interface ViewState {
  readonly pane: Pane;
  readonly order: Order;
  readonly reversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  /** What covers the lists. */
  readonly over: 'help' | 'details' | null;
  /** The chosen line of each list, and the first line of the details. */
  readonly chosen: Readonly<Record<Pane, number>>;
  readonly scrolled: number;
}

/** How the view begins. */
export const begin: ViewState = {
  pane: 'flows',
  order: 'rate',
  reversed: false,
  filter: '',
  typing: false,
  paused: false,
  over: null,
  chosen: { applications: 0, flows: 0 },
  scrolled: 0,
};

/** What a key does, beside a change of the view. */
export type Effect = 'quit' | 'details' | 'only this application' | null;

const longestFilter = 200;

/**
 * What a key changes.
 * @param length lines of the list that has the keys, or of the details; @param page lines of it that are seen
 */
export function pressed(state: ViewState, key: Key, length: number, page: number): { state: ViewState; effect: Effect } {
  const to = (change: Partial<ViewState>, effect: Effect = null): { state: ViewState; effect: Effect } => ({ state: { ...state, ...change }, effect });
  if (state.typing) return to(typed(state, key));
  const move = moved(key, state.over === 'details' ? state.scrolled : state.chosen[state.pane], length, page);
  if (state.over !== null) {
    if (key.name === 'q') return to({}, 'quit');
    if (move !== null && state.over === 'details') return to({ scrolled: Math.min(move, Math.max(0, length - page)) });
    return ['escape', 'return', 'h', '?', 'd', 'backspace', 'left'].includes(key.name) || key.text === '?' ? to({ over: null, scrolled: 0 }) : to({});
  }
  if (move !== null) return to({ chosen: { ...state.chosen, [state.pane]: move } });
  if (key.text === '/') return to({ typing: true });
  if (key.text === '?') return to({ over: 'help' });
  switch (key.name) {
    case 'q':
      return to({}, 'quit');
    case 'escape':
      return state.filter === '' ? to({}) : to({ filter: '' });
    case 'tab':
      return to({ pane: state.pane === 'flows' ? 'applications' : 'flows' });
    case 's':
      return to({ order: orders[(orders.indexOf(state.order) + 1) % orders.length]!, reversed: false });
    case 'r':
      return to({ reversed: !state.reversed });
    case 'p':
    case 'space':
      return to({ paused: !state.paused });
    case 'h':
      return to({ over: 'help' });
    case 'return':
    case 'd':
      return state.pane === 'flows' ? to({}, 'details') : to({}, 'only this application');
    default:
      return to({});
  }
}

function typed(state: ViewState, { name, text }: Key): Partial<ViewState> {
  if (name === 'return') return { typing: false };
  if (name === 'escape') return { typing: false, filter: '' };
  if (name === 'backspace') return { filter: Array.from(state.filter).slice(0, -1).join('') };
  return text === '' || state.filter.length >= longestFilter ? {} : { filter: state.filter + text, chosen: { applications: 0, flows: 0 } };
}

/** The line that a key moves to; null for one that does not move. */
function moved({ name, text }: Key, at: number, length: number, page: number): number | null {
  const within = (line: number): number => Math.max(0, Math.min(line, length - 1));
  switch (name) {
    case 'up':
    case 'k':
      return within(at - 1);
    case 'down':
    case 'j':
      return within(at + 1);
    case 'pageup':
      return within(at - page);
    case 'pagedown':
      return within(at + page);
    case 'home':
    case 'g':
      return text === 'G' ? within(length) : within(0);
    case 'end':
      return within(length);
    default:
      return null;
  }
}

/** The applications that the filter keeps, in the order that was chosen. */
export function chosenApplications(all: readonly TopApplication[], { order, reversed, filter }: ViewState): TopApplication[] {
  const wanted = filter.toLowerCase();
  const by: Partial<Record<Order, (one: TopApplication) => number>> = {
    rate: ({ bytesPerSecond }) => bytesPerSecond,
    bytes: ({ bytes }) => bytes,
    packets: ({ packets }) => packets,
    flows: ({ flows }) => flows,
    duration: ({ bytesPerSecond }) => bytesPerSecond,
  };
  return sorted(
    all.filter(({ name }) => name.toLowerCase().includes(wanted)),
    by[order] ?? null,
    ({ name }) => name,
    reversed,
  );
}

/** The flows that the filter keeps, in the order that was chosen. */
export function chosenFlows(all: readonly TopFlow[], { order, reversed, filter }: ViewState): TopFlow[] {
  const wanted = filter.toLowerCase();
  const by: Partial<Record<Order, (one: TopFlow) => number>> = {
    rate: ({ bytesPerSecond }) => bytesPerSecond,
    bytes: ({ flow }) => flow.bytes,
    packets: ({ flow }) => flow.packets,
    flows: ({ bytesPerSecond }) => bytesPerSecond,
    duration: ({ flow }) => flow.durationMs,
  };
  const kept =
    wanted === '' ? [...all] : all.filter(({ flow }) => `${flow.ends} ${flow.protocol} ${flow.application} ${flow.name}`.toLowerCase().includes(wanted));
  return sorted(kept, by[order] ?? null, ({ flow }) => `${flow.application} ${flow.name}`, reversed);
}

/** The most first, or by name. */
function sorted<One>(all: One[], by: ((one: One) => number) | null, name: (one: One) => string, reversed: boolean): One[] {
  const keys = new Map(all.map((one) => [one, by === null ? name(one).toLowerCase() : by(one)]));
  const sign = (by === null ? 1 : -1) * (reversed ? -1 : 1);
  return all.sort((one, other) => (keys.get(one)! < keys.get(other)! ? -sign : keys.get(one)! > keys.get(other)! ? sign : 0));
}
