import { shown } from '../../gather/shown.js';
import { cell, save } from '../csv.js';
import { make, choice } from '../dom.js';
import type { Flows } from '../flows.js';
import { bytes, count, duration, exactly, time } from '../format.js';
import { FlowOrder } from '../flow-order.js';
import { Panel, type Context, type Figure } from '../panel.js';
import type { View } from '../sums.js';
import type { PageData } from '../../gather/told.js';

const pageRows = 50;

type Column = PageData['columns'][number];

/** Orders of flows that no column has. */
const orders = [
  ['', 'In order'],
  [' duration', 'Longest'],
  [' bytes', 'Largest'],
  [' strange', 'Strangest'],
] as const;

/** Columns in the order in which they are shown. */
const firstColumns = [
  'bidirectional_first_seen_ms',
  'bidirectional_first_seen_us',
  'bidirectional_first_seen_ns',
  'start_time',
  'src_ip',
  'ip_src',
  'src_port',
  'dst_ip',
  'ip_dst',
  'dst_port',
  'protocol',
  'ip_protocol',
  'application_name',
  'application_category_name',
  'category_name',
  'requested_server_name',
  'bidirectional_bytes',
  'bidirectional_packets',
  'bidirectional_duration_ms',
  'bidirectional_duration_us',
  'bidirectional_duration_ns',
  'risks',
  'risk_score',
];

/** The flows that the filters keep, as a table that can be sorted, searched and saved. */
export class FlowList implements Figure {
  readonly #panel = new Panel('Flows', 'whole long');
  readonly #flows: Flows;
  readonly #columns: readonly Column[];
  readonly #order: FlowOrder;
  readonly #search = make('input', { attributes: { type: 'search', maxlength: '200' } });
  readonly #says = make('p', { class: 'says', attributes: { 'aria-live': 'polite' } });
  readonly #holder = make('div', { class: 'scroll wide', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Flows' } });
  readonly #pager = make('div', { class: 'pager' });
  readonly #whole: boolean;
  #sort = '';
  #down = true;
  #page = 0;
  #rows = new Uint32Array(0);

  constructor(flows: Flows, columns: readonly Column[], view: View, whole: boolean) {
    this.#flows = flows;
    this.#whole = whole;
    this.#order = new FlowOrder(flows, view);
    const rank = ({ name }: Column): number => (firstColumns.includes(name) ? firstColumns.indexOf(name) : firstColumns.length);
    this.#columns = [...columns].sort((one, other) => rank(one) - rank(other));
    const order = choice<string>('Order', orders, '', (name) => this.#sortBy(name, true));
    const saving = make('button', { text: 'Save as CSV', onclick: () => this.#save(), attributes: { type: 'button' } });
    this.#panel.tools.append(order, make('label', {}, 'Search ', this.#search), saving);
    this.#panel.body.append(this.#says, this.#holder, this.#pager);
    let timer = 0;
    this.#search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => this.#choose(), 150);
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(_: View, context: Context): void {
    this.#panel.show(this.#flows.length > 0);
    this.#choose();
    if (!context.whole) {
      this.#says.append(
        ' The page has room for some of the flows only: the longest, the largest, the first of each kind that was rare, and the largest of each risk.',
      );
    }
  }

  #sortBy(name: string, down: boolean): void {
    this.#sort = name;
    this.#down = down;
    this.#choose();
  }

  #choose(): void {
    const found = this.#order.search(this.#flows.rows, this.#search.value);
    this.#rows = this.#order.sorted(found, this.#sort, this.#down);
    this.#page = 0;
    this.#says.textContent = `${count(this.#rows.length)} of ${count(this.#flows.length)} ${this.#whole ? '' : 'kept '}flows.`;
    this.#show();
  }

  #show(): void {
    const head = this.#columns.map((column) => this.#head(column));
    const from = this.#page * pageRows;
    const rows = [...this.#rows.subarray(from, from + pageRows)].map((row) => make('tr', {}, ...this.#columns.map((column) => this.#cell(column, row))));
    const table = make(
      'table',
      { class: 'flows' },
      make('caption', { class: 'hidden', text: 'Flows' }),
      make('thead', {}, make('tr', {}, ...head)),
      make('tbody', {}, ...rows),
    );
    this.#holder.replaceChildren(table);
    const pages = Math.max(1, Math.ceil(this.#rows.length / pageRows));
    const turn = (text: string, page: number): HTMLButtonElement => {
      const button = make('button', { text, attributes: { type: 'button' } });
      button.disabled = page < 0 || page >= pages;
      button.addEventListener('click', () => {
        this.#page = page;
        this.#show();
      });
      return button;
    };
    this.#pager.replaceChildren(
      turn('Back', this.#page - 1),
      make('span', { text: `Page ${count(this.#page + 1)} of ${count(pages)}` }),
      turn('Next', this.#page + 1),
    );
    this.#pager.hidden = pages === 1;
  }

  #head({ name, meaning, type }: Column): HTMLElement {
    const sorted = this.#sort === name;
    const button = make('button', {
      text: name.replaceAll('_', ' '),
      title: meaning,
      onclick: () => this.#sortBy(name, sorted ? !this.#down : type !== 'text'),
      attributes: { type: 'button' },
    });
    const order = sorted ? (this.#down ? 'descending' : 'ascending') : 'none';
    return make('th', { class: type === 'text' ? '' : 'number', attributes: { scope: 'col', 'aria-sort': order } }, button);
  }

  #cell({ name, type, unit }: Column, row: number): HTMLElement {
    const value: unknown = this.#order.value(name, row);
    if (value === null || value === undefined) return make('td', { class: 'null' });
    if (type === 'text') {
      const text = value === '' ? '' : shown('host', value as string);
      return make(
        'td',
        { class: 'text', title: text.length > 40 ? text.slice(0, 2000) : '' },
        make('bdi', { text: text.length > 400 ? `${text.slice(0, 400)}…` : text }),
      );
    }
    const exact = exactly(value);
    return make('td', { class: 'number', text: friendly(name, unit, value), title: exact });
  }

  #save(): void {
    const names = this.#columns.map(({ name }) => name);
    const pieces = [`${names.map(cell).join(',')}\n`];
    for (const row of this.#rows) pieces.push(`${names.map((name) => cell(this.#order.value(name, row))).join(',')}\n`);
    save('flows.csv', pieces);
  }
}

const perMillisecond: Readonly<Record<string, number>> = { ms: 1, us: 1e3, ns: 1e6 };

/** A number as people read it; its title has it exactly. */
function friendly(name: string, unit: string, value: unknown): string {
  const per = perMillisecond[unit];
  if (per !== undefined && typeof value !== 'object') {
    const ms = Number(value) / per;
    return name.includes('seen') || name.endsWith('_time') ? (ms > 0 ? time(ms, true) : '') : duration(ms);
  }
  if (unit === 'bytes') return bytes(Number(value));
  if (name === 'protocol' || name === 'ip_protocol') return shown('protocol', Number(value));
  return exactly(value);
}
