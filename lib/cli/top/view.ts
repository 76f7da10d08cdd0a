import { shortBytes, shortCount, shortDuration } from '../../text/quantity.js';
import { visible } from '../../text/visible-text.js';
import { gatheredInto, sparkline } from '../terminal/sparkline.js';
import { cut, displayWidth, fit } from '../terminal/terminal-text.js';
import type { Line, Span } from './painting.js';
import type { TopApplication, TopData, TopFlow } from './top-data.js';
import type { Order, Pane, ViewState } from './view-state.js';

/** A screen's size in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is seen of the lists. */
export interface Seen {
  readonly lines: Line[];
  /** Lines of the list, or of the details, that has the keys. */
  readonly page: number;
}

/** Lines above and below the lists, titles of columns included. */
const fixedRows = 5;
const fewestRows = 8;
const mostApplications = 12;
/** What a step of the bars at the top needs, with the spaces around it and what is left out. */
const stepCells = 12;
const widestSpark = 12;
/** Fewer cells than these are for who it is, and not for how much. */
const wide = 110;

const help: readonly (readonly [keys: string, does: string])[] = [
  ['q  Ctrl-C', 'quit'],
  ['Tab', 'applications or flows'],
  ['Up Down PgUp PgDn Home End  j k g G', 'choose a line'],
  ['s', 'sort by the next column: rate, bytes, packets, flows, duration, name'],
  ['r', 'the other way round'],
  ['/', 'show only what has a text: type it, then Enter; Esc shows all again'],
  ['Enter  d', 'all about a flow; only the flows of an application'],
  ['p  Space', 'pause, and go on'],
  ['Ctrl-L', 'draw everything anew'],
  ['Ctrl-Z', 'to the shell, until fg'],
  ['?  h', 'this text'],
];

/** A column of numbers. */
interface NumberColumn<One> {
  readonly title: string;
  readonly order: Order;
  readonly cells: number;
  text(one: One): string;
}

const rate = (value: number): string => `${shortBytes(Math.round(value))}/s`;

const flowColumns: readonly NumberColumn<TopFlow>[] = [
  { title: 'RATE', order: 'rate', cells: 10, text: ({ bytesPerSecond }) => rate(bytesPerSecond) },
  { title: 'BYTES', order: 'bytes', cells: 8, text: ({ flow }) => shortBytes(flow.bytes) },
  { title: 'PACKETS', order: 'packets', cells: 9, text: ({ flow }) => shortCount(flow.packets) },
  { title: 'LASTS', order: 'duration', cells: 9, text: ({ flow }) => shortDuration(Math.round(flow.durationMs)) },
];
const applicationColumns: readonly NumberColumn<TopApplication>[] = [
  { title: 'RATE', order: 'rate', cells: 10, text: ({ bytesPerSecond }) => rate(bytesPerSecond) },
  { title: 'BYTES', order: 'bytes', cells: 8, text: ({ bytes }) => shortBytes(bytes) },
  { title: 'PACKETS', order: 'packets', cells: 9, text: ({ packets }) => shortCount(packets) },
  { title: 'FLOWS', order: 'flows', cells: 8, text: ({ flows }) => shortCount(flows) },
];

/** The whole screen. @param details of the flow that is looked at */
export function topView(
  data: TopData,
  state: ViewState,
  applications: readonly TopApplication[],
  flows: readonly TopFlow[],
  details: readonly (readonly [string, string])[],
  size: Size,
): Seen {
  if (size.rows < fewestRows) return { lines: [[['The terminal is too small.']]], page: 1 };
  const head = heading(data, state, size);
  const foot = footer(state);
  const room = size.rows - head.length - 1;
  if (state.over === 'help') return { lines: filled([...head, ...helpLines()], size.rows - 1, foot), page: room };
  if (state.over === 'details') {
    const lines = details
      .slice(state.scrolled, state.scrolled + room)
      .map(([name, value]): Line => [[fit(name, 30), 'faint'], [cut(value, Math.max(0, size.columns - 31))]]);
    return { lines: filled([...head, ...lines], size.rows - 1, foot), page: room };
  }
  const forLists = size.rows - fixedRows;
  const above = Math.max(1, Math.min(mostApplications, applications.length, Math.floor(forLists / 3)));
  const below = forLists - above;
  const ofApplications = columnsOf(applicationColumns, widestSpark, size);
  const narrow = size.columns < wide;
  const sparks = flows.some(({ history }) => history.length > 0) ? (narrow ? widestSpark / 2 : widestSpark) : 0;
  const ofFlows = columnsOf(narrow ? flowColumns.filter(({ order }) => order !== 'packets' || state.order === order) : flowColumns, sparks, size);
  const lines = [
    ...head,
    titles('APPLICATION', ofApplications, state, 'applications', size),
    ...listed(applications, state, 'applications', above, (one) => applicationLine(one, ofApplications)),
    titles('FLOW', ofFlows, state, 'flows', size),
    ...listed(flows, state, 'flows', below, (one) => flowLine(one, ofFlows)),
  ];
  return { lines: filled(lines, size.rows - 1, foot), page: state.pane === 'flows' ? below : above };
}

function heading({ facts, trouble, history, stepMs, leftOut }: TopData, state: ViewState, { columns }: Size): Line[] {
  const [title = '', ...others] = facts.map(visible);
  const first: Span[] = [[title, 'title'], [`  ${others.join('  ')}`]];
  if (trouble !== '') first.push([`  ${trouble}`, 'bad']);
  if (state.paused) first.push(['  paused', 'bad']);
  const places = Math.max(1, columns - displayWidth(leftOut) - stepCells);
  const bars = sparkline(gatheredInto(history, places));
  const step = shortDuration(Math.ceil(history.length / places) * stepMs);
  return [
    first,
    [
      [bars, 'bar'],
      [`  ${step}`, 'faint'],
      [leftOut === '' ? '' : `  ${leftOut}`, 'faint'],
    ],
  ];
}

function footer({ typing, filter }: ViewState): Line {
  const shown = visible(filter);
  if (typing) return [['/', 'title'], [shown], [' ', 'chosen'], ['  Enter: keep it  Esc: show all', 'faint']];
  return [
    ...(filter === '' ? [] : ([[`only ${shown}  `, 'title']] as Span[])),
    ['q quit  Tab list  s sort  r reverse  / filter  Enter details  p pause  ? help', 'faint'],
  ];
}

/** The columns of a list. */
interface Columns<One> {
  readonly names: number;
  readonly numbers: readonly NumberColumn<One>[];
  readonly sparks: number;
}

/** What a name has room for is all that numbers and bars leave. */
function columnsOf<One>(numbers: readonly NumberColumn<One>[], sparks: number, { columns }: Size): Columns<One> {
  const taken = numbers.reduce((sum, { cells }) => sum + cells, 0) + (sparks > 0 ? sparks + 2 : 0);
  return { names: Math.max(8, columns - taken), numbers, sparks };
}

function titles<One>(name: string, { names, numbers }: Columns<One>, { pane, order, reversed }: ViewState, own: Pane, size: Size): Line {
  const mark = (column: NumberColumn<One>): string => (column.order === order ? `${column.title}${reversed ? '^' : 'v'}` : column.title);
  const byName = order === 'name' ? `${name}${reversed ? '^' : 'v'}` : name;
  const text = `${fit(`${pane === own ? '> ' : '  '}${byName}`, names)}${numbers.map((column) => fit(mark(column), column.cells, 'right')).join('')}`;
  return [[fit(text, size.columns), 'head']];
}

function listed<One>(all: readonly One[], state: ViewState, own: Pane, rows: number, lineOf: (one: One) => Line): Line[] {
  const chosen = Math.min(state.chosen[own], Math.max(0, all.length - 1));
  const first = Math.max(0, Math.min(chosen - Math.floor(rows / 2), all.length - rows));
  const lines = all.slice(first, first + rows).map((one, at): Line => {
    const line = lineOf(one);
    if (state.pane !== own || first + at !== chosen) return line;
    return [[line.map(([text]) => text).join(''), 'chosen']];
  });
  return [...lines, ...Array.from({ length: rows - lines.length }, (): Line => [])];
}

function applicationLine(one: TopApplication, { names, numbers, sparks }: Columns<TopApplication>): Line {
  return [[fit(`  ${one.name}`, names)], [numbersOf(numbers, one)], [spark(one.history, sparks), 'bar']];
}

function flowLine(one: TopFlow, { names, numbers, sparks }: Columns<TopFlow>): Line {
  const { flow } = one;
  const what = flow.name === '' ? `${flow.protocol} ${flow.application}` : `${flow.protocol} ${flow.application} ${flow.name}`;
  // Most ends are of IPv4, and have room for their ports; what it is about has what is left.
  const ends = Math.max(Math.floor((2 * names) / 3), Math.min(45, names - 12));
  return [
    [fit(`  ${cut(flow.ends, ends - 3)}`, ends)],
    [fit(what, names - ends), 'faint'],
    [numbersOf(numbers, one)],
    ['  '],
    [spark(one.history, sparks), 'bar'],
  ];
}

function numbersOf<One>(columns: readonly NumberColumn<One>[], one: One): string {
  return columns.map((column) => fit(column.text(one), column.cells, 'right')).join('');
}

/** The newest at the right. */
function spark(history: readonly number[], cells: number): string {
  if (cells === 0) return '';
  const some = history.length > 2 * cells ? gatheredInto(history, cells) : history.slice(-cells);
  return `  ${fit(sparkline(some), cells, 'right')}`;
}

function helpLines(): Line[] {
  const cells = Math.max(...help.map(([keys]) => keys.length)) + 2;
  return [[], ...help.map(([keys, does]): Line => [[fit(`  ${keys}`, cells + 2), 'title'], [does]])];
}

function filled(lines: readonly Line[], rows: number, foot: Line): Line[] {
  return [...Array.from({ length: rows }, (_, at): Line => lines[at] ?? []), foot];
}
