import type { Measure } from '../gather/groups.js';
import { shown } from '../gather/shown.js';
import type { PageData, Told } from '../gather/told.js';
import { lookOf } from './charts.js';
import { choice, make } from './dom.js';
import { Applications } from './figures/applications.js';
import { Distribution } from './figures/distribution.js';
import { FlowList } from './figures/flow-list.js';
import { lists } from './figures/lists.js';
import { OverTime } from './figures/over-time.js';
import { Talk } from './figures/talk.js';
import { Filters, titles } from './filters.js';
import type { Flows } from './flows.js';
import { bytes, count, duration, time } from './format.js';
import type { Context, Figure } from './panel.js';
import { filteredSums, type View } from './sums.js';

/** The page: what it has, what it is filtered by, and its figures. */
export class Report {
  #data: PageData;
  readonly #filters = new Filters(() => this.#filtered());
  readonly #context: Context;
  readonly #overTime: OverTime;
  readonly #figures: Figure[];
  readonly #grid = make('main', { class: 'grid' });
  readonly #totals = make('p', { class: 'totals' });
  readonly #chips = make('div', { class: 'chips', attributes: { role: 'group', 'aria-label': 'Filters', 'aria-live': 'polite' } });
  #flows: Flows | null = null;

  /** @param live whether it is of a run that goes on: {@link renew} tells what has changed, and no span of time can be chosen */
  constructor(data: PageData, live = false) {
    this.#data = data;
    this.#overTime = new OverTime(!live);
    this.#context = { filters: this.#filters, measure: 'bytes', look: lookOf(false), whole: data.withoutFlows === null };
    const [protocols, ports, ...others] = lists();
    this.#figures = [
      this.#overTime,
      new Applications(),
      new Talk(),
      protocols!,
      ports!,
      ...(['duration', 'size', 'rate'] as const).map((name) => new Distribution(name)),
      ...others,
    ];
    this.#grid.append(...this.#figures.map(({ element }) => element));
  }

  /** @param more what stands below the title */
  begin(root: HTMLElement, more: readonly HTMLElement[] = []): void {
    document.documentElement.dataset['theme'] ??= matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    this.#context.look = lookOf(false);
    root.replaceChildren(this.#header(), ...more, this.#grid);
    if (this.#data.withoutFlows !== null && more.length === 0) {
      const room = this.#data.withoutFlows;
      const why = room === 0 ? 'The flows are not inside this page' : `The flows take more than the ${bytes(room)} that they may take`;
      const text = `${why}, so it has sums that were made while they came. Filters apply where a figure has what they ask for, and it says where not.`;
      root.insertBefore(make('p', { class: 'banner', text }), this.#grid);
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => this.#theme(matches ? 'dark' : 'light'));
    let before = '';
    addEventListener('beforeprint', () => {
      before = document.documentElement.dataset['theme'] ?? 'light';
      this.#theme('light');
    });
    addEventListener('afterprint', () => this.#theme(before));
  }

  /** Draws what the sums tell, before the flows are there. */
  look(): void {
    this.#draw();
  }

  /** Takes what has changed by now. @param everything whether that is more than what is over time */
  renew(told: Told, everything: boolean): void {
    this.#data = { ...this.#data, told };
    this.#overTime.renew(told.timelines.application);
    this.#shownView = null;
    if (everything) return this.#draw();
    this.#overTime.draw(this.#viewNow(), this.#context);
  }

  /** Takes the flows. */
  take(flows: Flows): void {
    this.#flows = flows;
    const list = new FlowList(flows, this.#data.columns, { told: this.#data.told, deaf: {} }, this.#context.whole);
    this.#figures.push(list);
    this.#grid.append(list.element);
    this.#filtered();
  }

  #header(): HTMLElement {
    const measures = choice<Measure>(
      'What is counted',
      [
        ['bytes', 'Bytes'],
        ['packets', 'Packets'],
        ['flows', 'Flows'],
      ],
      'bytes',
      (measure) => {
        this.#context.measure = measure;
        this.#draw();
      },
    );
    const patterns = make('button', { text: 'Patterns', attributes: { type: 'button', 'aria-pressed': 'false' } });
    patterns.addEventListener('click', () => {
      const on = patterns.getAttribute('aria-pressed') !== 'true';
      patterns.setAttribute('aria-pressed', String(on));
      this.#context.look = lookOf(on);
      this.#draw();
    });
    const theme = make('button', {
      text: 'Light or dark',
      onclick: () => this.#theme(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark'),
      attributes: { type: 'button' },
    });
    const title = make('h1', {}, make('bdi', { text: shown('host', this.#data.title) }));
    return make(
      'header',
      { class: 'top' },
      make('div', { class: 'titles' }, title, this.#totals),
      make('div', { class: 'tools' }, measures, patterns, theme),
      this.#chips,
    );
  }

  #theme(name: string): void {
    document.documentElement.dataset['theme'] = name;
    this.#context.look = lookOf(this.#context.look.patterns);
    this.#draw();
  }

  #view(): View {
    if (this.#context.whole && this.#flows !== null) return { told: this.#flows.gather(this.#filters), deaf: {} };
    this.#flows?.gather(this.#filters);
    return filteredSums(this.#data.told, this.#filters);
  }

  #shownView: View | null = null;

  #filtered(): void {
    this.#shownView = null;
    this.#draw();
  }

  #draw(): void {
    const view = this.#viewNow();
    this.#showTotals(view);
    this.#showChips();
    const focused = focusOf(document.activeElement);
    const scrolled = scrollsOf(this.#grid);
    for (const figure of this.#figures) figure.draw(view, this.#context);
    scrolled();
    focused?.();
  }

  #viewNow(): View {
    return (this.#shownView ??= this.#view());
  }

  #showTotals({ told, deaf }: View): void {
    const { firstMs, lastMs } = told;
    const span = firstMs === null || lastMs === null ? '' : ` · ${time(firstMs)} to ${time(lastMs)} UTC (${duration(lastMs - firstMs)})`;
    const all = (deaf.totals?.length ?? 0) > 0 ? `, not filtered by ${deaf.totals!.map((one) => titles[one]).join(', ')}` : '';
    this.#totals.textContent = `${count(told.flows)} flows · ${count(told.packets)} packets · ${bytes(told.bytes)}${span}${all}`;
  }

  #showChips(): void {
    const chips: HTMLElement[] = [];
    const chip = (text: string, remove: () => void): void => {
      chips.push(
        make(
          'button',
          { class: 'chip', onclick: remove, attributes: { type: 'button' } },
          make('bdi', { text }),
          make('span', { text: ' ✕', attributes: { 'aria-label': ', remove' } }),
        ),
      );
    };
    for (const [dimension, values] of this.#filters.values)
      for (const value of values) chip(`${titles[dimension]}: ${shown(dimension, value).slice(0, 80)}`, () => this.#filters.toggle(dimension, value));
    const { span } = this.#filters;
    if (span !== null) chip(`time: ${time(span.fromMs)} to ${time(span.toMs)}`, () => this.#filters.choose(null));
    if (chips.length > 1)
      chips.push(make('button', { class: 'chip', text: 'Remove all filters', onclick: () => this.#filters.clear(), attributes: { type: 'button' } }));
    this.#chips.replaceChildren(...chips);
  }
}

/** Finds again the button that had the focus, when its table was made anew. */
function focusOf(element: Element | null): (() => void) | null {
  if (!(element instanceof HTMLButtonElement)) return null;
  const panel = element.closest('section');
  const text = element.textContent;
  if (panel === null) return null;
  return () => {
    if (!element.isConnected) [...panel.querySelectorAll('button')].find((button) => button.textContent === text)?.focus();
  };
}

/** Scrolls tables that are made anew to where they were. */
function scrollsOf(grid: HTMLElement): () => void {
  const tables = (): HTMLElement[] => [...grid.querySelectorAll<HTMLElement>('.scroll')];
  const places = new Map(tables().flatMap((table) => (table.scrollTop > 0 ? [[table.getAttribute('aria-label'), table.scrollTop] as const] : [])));
  return () => {
    if (places.size > 0) for (const table of tables()) table.scrollTop = places.get(table.getAttribute('aria-label')) ?? 0;
  };
}
