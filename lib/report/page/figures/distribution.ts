import { grouped } from '../../gather/groups.js';
import { Chart, tip, tooltip } from '../charts.js';
import { make } from '../dom.js';
import { classes, count, duration, bytes, percent } from '../format.js';
import { folded, of, Panel, type Context, type Figure } from '../panel.js';
import type { View } from '../sums.js';

/** What a distribution is of. */
export type DistributionName = keyof typeof classes;

const plans = {
  duration: { title: 'Durations', cube: 'durations' },
  size: { title: 'Sizes', cube: 'sizes' },
  rate: { title: 'Rates', cube: 'rates' },
} as const;

/** How many flows there are of each class of a logarithmic scale. */
export class Distribution implements Figure {
  readonly #name: DistributionName;
  readonly #panel: Panel;
  readonly #chart = new Chart('distribution');

  constructor(name: DistributionName) {
    this.#name = name;
    this.#panel = new Panel(plans[name].title, 'third');
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(view: View, { look }: Context): void {
    const { title, cube } = plans[this.#name];
    const [table, deaf] = of(view, cube);
    this.#panel.show(table.of > 0);
    this.#panel.note(deaf, table);
    const found = new Map(grouped(table.cells, (key) => key[this.#name]).map((group) => [Number(group.key[this.#name]), group.flows]));
    const [first, last] = [Math.min(...found.keys()), Math.max(...found.keys())];
    const shown = found.size === 0 ? [] : Array.from({ length: last - first + 1 }, (_, at) => first + at);
    const label = (at: number): string => {
      const [from, to] = [classes[this.#name][at]!, classes[this.#name][at + 1]];
      if (at === 0) return `below ${to}`;
      return to === undefined ? `${from} and more` : `${from} to ${to}`;
    };
    const flows = shown.map((at) => found.get(at) ?? 0);
    const total = flows.reduce((sum, value) => sum + value, 0);
    const most = shown[flows.indexOf(Math.max(...flows))];
    const rows = shown.map((at, index) =>
      make('tr', {}, make('th', { text: label(at), attributes: { scope: 'row' } }), make('td', { class: 'number', text: count(flows[index]!) })),
    );
    const head = make(
      'tr',
      {},
      make('th', { text: 'Class', attributes: { scope: 'col' } }),
      make('th', { class: 'number', text: 'Flows', attributes: { scope: 'col' } }),
    );
    const tableElement = make('table', {}, make('caption', { text: `${title} of flows` }), make('thead', {}, head), make('tbody', {}, ...rows));
    const fold = folded('As a table', tableElement);
    fold.open = this.#panel.body.querySelector('details')?.open ?? false;
    this.#panel.body.replaceChildren(this.#chart.element, fold);
    const says = most === undefined ? 'no flows' : `most of the ${count(total)} flows have ${label(most)}`;
    this.#chart.draw(`${title}: ${says}`, look, {
      grid: { left: 4, right: 8, top: 12, bottom: 4, containLabel: true },
      xAxis: {
        type: 'category',
        data: shown.map((at) => (at === 0 ? `< ${this.#unit(1)}` : classes[this.#name][at]!)),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: look.line } },
        axisLabel: { color: look.faint, fontSize: 11, hideOverlap: true },
      },
      yAxis: { type: 'value', minInterval: 1, splitLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.faint, fontSize: 11 } },
      tooltip: {
        ...tooltip(look),
        formatter: ({ dataIndex }: { dataIndex: number }) =>
          tip(label(shown[dataIndex]!), [
            ['flows', count(flows[dataIndex]!)],
            ['share', percent(flows[dataIndex]!, total)],
          ]),
      },
      series: [{ type: 'bar', barCategoryGap: '8%', itemStyle: { color: look.series[0], borderRadius: [2, 2, 0, 0] }, data: flows }],
    });
  }

  #unit(value: number): string {
    if (this.#name === 'duration') return duration(value);
    return this.#name === 'size' ? bytes(value) : `${bytes(value)}/s`;
  }
}
