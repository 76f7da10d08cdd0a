import type { Measure } from '../../gather/groups.js';
import { shown } from '../../gather/shown.js';
import type { Series, TimeSeries } from '../../gather/told.js';
import type { SeriesName } from '../../gather/cubes.js';
import { Chart, tip, tooltip } from '../charts.js';
import { choice, make } from '../dom.js';
import { amount, duration, fit, time } from '../format.js';
import { folded, Panel, type Context, type Figure } from '../panel.js';
import type { View } from '../sums.js';

/** Series with a colour of their own. */
const mostSeries = 10;

interface Band {
  readonly name: string | null;
  readonly label: string;
  readonly values: readonly number[];
}

/** Bytes, packets or new flows over time, stacked; a span of it that is drawn with the mouse, or told by two sliders, filters the other figures. */
export class OverTime implements Figure {
  readonly #panel = new Panel('Over time', 'whole');
  readonly #chart = new Chart('time');
  readonly #from = slider('From');
  readonly #to = slider('To');
  readonly #says = make('output', { class: 'span' });
  #by: SeriesName = 'application';
  #base: TimeSeries | null = null;
  #drawn: [View, Context] | null = null;
  readonly #spans: boolean;
  /** Numbers of colours, so that a name keeps its own whatever is filtered. */
  readonly #colors = new Map<string, number>();

  /** @param spans whether a span of time can be chosen */
  constructor(spans: boolean) {
    this.#spans = spans;
    const by = choice<SeriesName>(
      'Stacked by',
      [
        ['application', 'Application'],
        ['category', 'Category'],
        ['protocol', 'Protocol'],
      ],
      this.#by,
      (name) => {
        this.#by = name;
        if (this.#drawn !== null) this.draw(...this.#drawn);
      },
    );
    this.#panel.tools.append(by);
    for (const input of [this.#from, this.#to]) input.addEventListener('change', () => this.#slid());
    this.#chart.on('brushEnd', ({ areas }: { areas: readonly { coordRange: readonly [number, number] }[] }) => {
      const range = areas[0]?.coordRange;
      if (range !== undefined) this.#choose(Math.min(...range), Math.max(...range));
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  /** Takes other bins. @param base those of everything, whatever is filtered */
  renew(base: TimeSeries): void {
    this.#base = base;
  }

  draw(view: View, context: Context): void {
    this.#drawn = [view, context];
    this.#base ??= view.told.timelines.application;
    const bins = this.#base.series[0]?.bytes.length ?? 0;
    this.#panel.show(bins > 0);
    if (bins === 0) return;
    this.#panel.note(
      view.deaf.timeline?.filter((dimension) => dimension !== this.#by),
      null,
    );
    const bands = this.#bands(view.told.timelines[this.#by], context.measure, bins);
    const fold = folded('As a table', this.#table(bands, context.measure));
    fold.open = this.#panel.body.querySelector('details')?.open ?? false;
    this.#panel.body.replaceChildren(this.#chart.element, ...(this.#spans ? [this.#sliders(bins, context)] : []), fold);
    this.#plot(bands, bins, context);
  }

  /** The series in the bins of the whole capture: those of a part of it may be narrower, and then several make one. */
  #bands({ startMs, widthMs, series }: TimeSeries, measure: Measure, bins: number): Band[] {
    const base = this.#base!;
    const told = (one: Series): number[] => {
      const values = new Array<number>(bins).fill(0);
      one[measure].forEach((value, bin) => {
        const at = Math.floor((startMs + bin * widthMs - base.startMs) / base.widthMs);
        if (at >= 0 && at < bins) values[at]! += value;
      });
      return values;
    };
    const label = (name: string): string => (this.#by === 'protocol' ? shown('protocol', Number(name)) : shown(this.#by, name));
    const all = series.filter(({ name }) => name !== null).map((one): Band => ({ name: one.name, label: label(one.name!), values: told(one) }));
    const size = ({ values }: Band): number => values.reduce((sum, value) => sum + value, 0);
    const sized = all.map((band) => ({ band, size: size(band) })).sort((one, other) => other.size - one.size);
    const rest = [...sized.slice(mostSeries).map(({ band }) => band.values), ...series.filter(({ name }) => name === null).map(told)];
    const bands = sized.slice(0, mostSeries).map(({ band }) => band);
    if (rest.length > 0) bands.push({ name: null, label: 'everything else', values: rest[0]!.map((_, bin) => rest.reduce((sum, one) => sum + one[bin]!, 0)) });
    return bands;
  }

  #plot(bands: readonly Band[], bins: number, { measure, look, filters }: Context): void {
    const base = this.#base!;
    const at = (bin: number): number => base.startMs + bin * base.widthMs;
    const sameDay = time(at(0)).slice(0, 10) === time(at(bins)).slice(0, 10);
    const unit = measure === 'flows' ? 'new flows' : measure;
    const says = bands.slice(0, 5).map(({ label }) => fit(label, 40));
    this.#chart.draw(
      `${unit} over time from ${time(at(0))} to ${time(at(bins))} UTC, in steps of ${duration(base.widthMs)}; most of ${says.join(', ')}`,
      look,
      {
        grid: { left: 4, right: 12, top: this.#chart.width < 700 ? 72 : 40, bottom: 4, containLabel: true },
        legend: {
          type: 'plain',
          top: 0,
          left: 0,
          right: 0,
          textStyle: { color: look.text, fontSize: 12 },
          itemWidth: 14,
          itemHeight: 10,
          selectedMode: false,
          formatter: (name: string) => fit(name.replace(/^\d+ /, ''), 24),
        },
        xAxis: {
          type: 'category',
          data: Array.from({ length: bins }, (_, bin) => (sameDay ? time(at(bin), base.widthMs < 1000).slice(11) : time(at(bin)).slice(5, 16))),
          axisTick: { show: false },
          axisLine: { lineStyle: { color: look.line } },
          axisLabel: { color: look.faint, fontSize: 11, hideOverlap: true },
        },
        yAxis: {
          type: 'value',
          splitLine: { lineStyle: { color: look.line } },
          axisLabel: { color: look.faint, fontSize: 11, formatter: (value: number) => amount(value, measure) },
        },
        ...(this.#spans && {
          brush: {
            xAxisIndex: 0,
            brushStyle: { color: 'rgba(120,140,180,0.25)', borderColor: look.faint },
            throttleType: 'debounce',
            outOfBrush: { colorAlpha: 0.35 },
            toolbox: [],
          },
        }),
        tooltip: {
          ...tooltip(look),
          trigger: 'axis',
          axisPointer: { type: 'shadow' },
          formatter: (items: readonly { dataIndex: number; seriesIndex: number; value: number }[]) =>
            tip(
              `${time(at(items[0]!.dataIndex), base.widthMs < 1000)} UTC, ${duration(base.widthMs)}`,
              items.filter(({ value }) => value > 0).map(({ seriesIndex, value }) => [fit(bands[seriesIndex]!.label, 60), amount(value, measure)]),
            ),
        },
        series: bands.map(({ label, name, values }, index) => ({
          name: `${index} ${label}`,
          type: 'bar',
          stack: 'all',
          barCategoryGap: bins > 100 ? '0%' : '10%',
          itemStyle: { color: name === null ? look.other : look.series[this.#colorOf(name) % look.series.length] },
          data: values,
        })),
      },
      (chart) => {
        if (!this.#spans) return;
        chart.dispatchAction({ type: 'takeGlobalCursor', key: 'brush', brushOption: { brushType: 'lineX', brushMode: 'single' } });
        const span = filters.span;
        const areas = span === null ? [] : [{ brushType: 'lineX', xAxisIndex: 0, coordRange: this.#binsOf(span.fromMs, span.toMs) }];
        chart.dispatchAction({ type: 'brush', areas });
      },
    );
  }

  #colorOf(name: string): number {
    const key = `${this.#by} ${name}`;
    const before = [...this.#colors.keys()].filter((one) => one.startsWith(`${this.#by} `)).length;
    if (!this.#colors.has(key)) this.#colors.set(key, before);
    return this.#colors.get(key)!;
  }

  #binsOf(fromMs: number, toMs: number): [number, number] {
    const { startMs, widthMs } = this.#base!;
    return [Math.round((fromMs - startMs) / widthMs), Math.round((toMs - startMs) / widthMs) - 1];
  }

  #sliders(bins: number, { filters }: Context): HTMLElement {
    const [from, to] = filters.span === null ? [0, bins - 1] : this.#binsOf(filters.span.fromMs, filters.span.toMs);
    const { startMs, widthMs } = this.#base!;
    for (const [input, value, end] of [
      [this.#from, from, 0],
      [this.#to, to, 1],
    ] as const) {
      input.max = String(bins - 1);
      input.value = String(value);
      input.setAttribute('aria-valuetext', `${time(startMs + (value + end) * widthMs)} UTC`);
    }
    this.#says.textContent = `${time(startMs + from * widthMs, widthMs < 1000)} to ${time(startMs + (to + 1) * widthMs, widthMs < 1000)} UTC`;
    return make('div', { class: 'sliders' }, make('label', {}, 'From ', this.#from), make('label', {}, 'to ', this.#to), this.#says);
  }

  #slid(): void {
    const [from, to] = [Number(this.#from.value), Number(this.#to.value)];
    this.#choose(Math.min(from, to), Math.max(from, to));
  }

  #choose(from: number, to: number): void {
    const { startMs, widthMs, series } = this.#base!;
    const bins = series[0]!.bytes.length;
    const everything = from <= 0 && to >= bins - 1;
    const span = { fromMs: startMs + Math.max(0, from) * widthMs, toMs: startMs + (Math.min(to, bins - 1) + 1) * widthMs };
    this.#drawn?.[1].filters.choose(everything ? null : span);
  }

  #table(bands: readonly Band[], measure: Measure): HTMLElement {
    const { startMs, widthMs } = this.#base!;
    const head = ['Time (UTC)', ...bands.map(({ label }) => fit(label, 40))].map((text, index) =>
      make('th', { class: index > 0 ? 'number' : '', attributes: { scope: 'col' } }, make('bdi', { text })),
    );
    const rows = (bands[0]?.values ?? []).map((_, bin) =>
      make(
        'tr',
        {},
        make('th', { text: time(startMs + bin * widthMs, widthMs < 1000), attributes: { scope: 'row' } }),
        ...bands.map(({ values }) => make('td', { class: 'number', text: values[bin] === 0 ? '' : amount(values[bin]!, measure) })),
      ),
    );
    const table = make(
      'table',
      {},
      make('caption', { text: `${measure === 'flows' ? 'New flows' : measure} over time` }),
      make('thead', {}, make('tr', {}, ...head)),
      make('tbody', {}, ...rows),
    );
    return make('div', { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Over time, as a table' } }, table);
  }
}

function slider(label: string): HTMLInputElement {
  return make('input', { attributes: { type: 'range', min: '0', max: '0', step: '1', 'aria-label': `${label}: time` } });
}
