import { valueOf, type Group, type Measure } from '../gather/groups.js';
import type { CubeName, Dimension } from '../gather/cubes.js';
import type { Table } from '../gather/told.js';
import type { Look } from './charts.js';
import { make } from './dom.js';
import { titles, type Filters } from './filters.js';
import { bytes, count, short } from './format.js';
import type { View } from './sums.js';

/** What all figures have in common. */
export interface Context {
  readonly filters: Filters;
  measure: Measure;
  look: Look;
  /** Whether all flows are inside of the page. */
  whole: boolean;
}

/** A part of the page. */
export interface Figure {
  readonly element: HTMLElement;
  /** Draws what it shows; hides itself where there is nothing. */
  draw(view: View, context: Context): void;
}

/** A section with a title, a note where something is to be said, and a body. */
export class Panel {
  readonly element: HTMLElement;
  readonly body = make('div', { class: 'body' });
  readonly #note = make('p', { class: 'note' });
  readonly tools = make('div', { class: 'tools' });

  constructor(title: string, className: string) {
    const heading = make('h2', { text: title });
    this.#note.hidden = true;
    this.element = make(
      'section',
      { class: `panel ${className}`, attributes: { 'aria-label': title } },
      make('header', {}, heading, this.tools),
      this.#note,
      this.body,
    );
  }

  show(is: boolean): void {
    this.element.hidden = !is;
  }

  /** Says which filters the figure does not follow, and what is not exact. */
  note(deaf: readonly Dimension[] | undefined, table: Pick<Table, 'missing' | 'cells' | 'of'> | null, unit: (value: number) => string = bytes): void {
    const notes: string[] = [];
    if (deaf !== undefined && deaf.length > 0) notes.push(`Not filtered by ${deaf.map((one) => titles[one]).join(', ')}: the flows are not inside this page.`);
    if (table !== null && table.missing > 0) {
      notes.push(`Approximate: the largest ${count(table.cells.length)} of at least ${count(table.of)}; each may lack up to ${unit(table.missing)}.`);
    }
    this.#note.textContent = notes.join(' ');
    this.#note.hidden = notes.length === 0;
  }
}

/** A column of numbers in a table. */
export interface NumberColumn {
  readonly title: string;
  text(group: Group): string;
  /** The number with all its digits, which the title of a cell has. */
  exact?(group: Group): number;
}

const traffic: readonly NumberColumn[] = [
  { title: 'Bytes', text: (group) => bytes(group.amount), exact: (group) => group.amount },
  { title: 'Packets', text: (group) => short(group.packets), exact: (group) => group.packets },
  { title: 'Flows', text: (group) => short(group.flows), exact: (group) => group.flows },
];

/** What a table of groups is made of. */
export interface RankedTable {
  readonly caption: string;
  readonly name: string;
  /** The dimension and the value that a click filters by; null for none. */
  target(group: Group): readonly [Dimension, string | number] | null;
  text(group: Group): string;
  readonly columns?: readonly NumberColumn[];
  readonly most?: number;
  /** The panel's title says what the caption would. */
  readonly titled?: boolean;
}

/** A table of groups, of which each name is a button that filters. */
export function rankedTable(
  groups: readonly Group[],
  { caption, name, target, text, columns = traffic, most = 100, titled = false }: RankedTable,
  { filters, measure }: Context,
): HTMLElement {
  const largest = Math.max(0, ...groups.slice(0, most).map((group) => valueOf(group, measure)));
  const rows = groups.slice(0, most).map((group) => {
    const value = target(group);
    const label = make('bdi', { text: text(group) });
    const cell = make('th', { attributes: { scope: 'row' } });
    if (value === null) cell.append(label);
    else {
      const pressed = String(filters.has(...value));
      cell.append(make('button', { class: 'name', onclick: () => filters.toggle(...value), attributes: { type: 'button', 'aria-pressed': pressed } }, label));
    }
    const bar = make('span', { class: 'share', attributes: { 'aria-hidden': 'true' } });
    bar.style.width = `${largest > 0 ? (100 * valueOf(group, measure)) / largest : 0}%`;
    cell.append(bar);
    return make(
      'tr',
      {},
      cell,
      ...columns.map((column) => {
        const exact = column.exact?.(group);
        return make('td', { class: 'number', text: column.text(group), ...(exact !== undefined && { title: count(exact) }) });
      }),
    );
  });
  const head = make(
    'tr',
    {},
    make('th', { text: name, attributes: { scope: 'col' } }),
    ...columns.map(({ title }) => make('th', { class: 'number', text: title, attributes: { scope: 'col' } })),
  );
  const more = groups.length > most ? `, the first ${most} of ${count(groups.length)}` : '';
  const table = make(
    'table',
    { class: 'ranked' },
    make('caption', { text: `${caption}${more}`, ...(titled && more === '' && { class: 'hidden' }) }),
    make('thead', {}, head),
    make('tbody', {}, ...rows),
  );
  return make('div', { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': caption } }, table);
}

/** A table that is folded away below its figure. */
export function folded(title: string, table: HTMLElement): HTMLDetailsElement {
  return make('details', {}, make('summary', { text: title }), table);
}

/** The sums of a figure and what it does not follow. */
export function of(view: View, name: CubeName): [Table, readonly Dimension[] | undefined] {
  return [view.told.tables[name], view.deaf[name]];
}
