import { grouped, ranked, valueOf, type Group } from '../../gather/groups.js';
import { shown } from '../../gather/shown.js';
import { Chart, tip, tooltip } from '../charts.js';
import { bytes, count, fit, percent } from '../format.js';
import { folded, of, Panel, rankedTable, type Context, type Figure } from '../panel.js';
import type { View } from '../sums.js';

interface Node {
  readonly name: string;
  readonly value: number;
  readonly group: Group;
  readonly isCategory: boolean;
}

/** Applications as a tree map by category. */
export class Applications implements Figure {
  readonly #panel = new Panel('Applications by category', 'half');
  readonly #chart = new Chart('tree');
  #context: Context | null = null;

  constructor() {
    this.#chart.on('click', ({ data }: { data?: Partial<Node> }) => {
      if (data?.group === undefined) return;
      if (data.isCategory) this.#context?.filters.toggle('category', data.group.key.category!);
      else this.#context?.filters.toggle('application', data.group.key.application!);
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(view: View, context: Context): void {
    this.#context = context;
    const { measure, look, filters } = context;
    const [table, deaf] = of(view, 'applications');
    this.#panel.show(table.of > 0);
    this.#panel.note(deaf, table);
    const total = table.cells.reduce((sum, cell) => sum + valueOf(cell, measure), 0);
    const categories = ranked(
      grouped(table.cells, ({ category }) => category),
      measure,
    );
    const dim = (chosen: boolean, any: boolean): number => (any && !chosen ? 0.35 : 1);
    const data = categories.map((category, index) => ({
      name: fit(shown('category', category.key.category!), 40),
      value: valueOf(category, measure),
      group: category,
      isCategory: true,
      itemStyle: { color: look.series[index % look.series.length], borderColor: look.series[index % look.series.length] },
      children: ranked(
        table.cells.filter(({ key }) => key.category === category.key.category).map((cell) => ({ ...cell })),
        measure,
      ).map((cell) => ({
        name: fit(shown('application', cell.key.application!), 40),
        value: valueOf(cell, measure),
        group: cell,
        isCategory: false,
        itemStyle: {
          opacity:
            dim(filters.has('application', cell.key.application!), filters.values.has('application')) *
            dim(filters.has('category', cell.key.category!), filters.values.has('category')),
        },
      })),
    }));
    const applications = ranked(
      grouped(table.cells, ({ application }) => application),
      measure,
    );
    const list = rankedTable(
      applications,
      {
        caption: 'Applications',
        name: 'Application',
        target: ({ key }) => ['application', key.application!],
        text: ({ key }) => shown('application', key.application!),
      },
      context,
    );
    const categoryList = rankedTable(
      categories,
      { caption: 'Categories', name: 'Category', target: ({ key }) => ['category', key.category!], text: ({ key }) => shown('category', key.category!) },
      context,
    );
    const fold = folded('As a table', list);
    fold.append(categoryList);
    fold.open = this.#panel.body.querySelector('details')?.open ?? false;
    this.#panel.body.replaceChildren(this.#chart.element, fold);
    const says = applications.slice(0, 5).map((group) => `${fit(shown('application', group.key.application!), 40)} ${percent(valueOf(group, measure), total)}`);
    this.#chart.draw(`Applications by ${measure}: ${says.join(', ')}`, look, {
      tooltip: {
        ...tooltip(look),
        formatter: ({ data: node }: { data?: Partial<Node> }) =>
          node?.group === undefined
            ? ''
            : tip(node.isCategory ? shown('category', node.group.key.category!) : shown('application', node.group.key.application!), [
                ['bytes', bytes(node.group.amount)],
                ['packets', count(node.group.packets)],
                ['flows', count(node.group.flows)],
                ['share', percent(valueOf(node.group, measure), total)],
              ]),
      },
      series: [
        {
          type: 'treemap',
          left: 0,
          right: 0,
          top: 0,
          bottom: 0,
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          label: { show: true, color: '#fff', fontSize: 12, textBorderColor: 'rgba(0,0,0,0.45)', textBorderWidth: 2, overflow: 'truncate' },
          upperLabel: { show: true, height: 20, color: '#fff', fontSize: 12, fontWeight: 'bold', textBorderColor: 'rgba(0,0,0,0.45)', textBorderWidth: 2 },
          itemStyle: { borderColor: look.panel, borderWidth: 1, gapWidth: 1 },
          levels: [
            { itemStyle: { borderColor: look.panel, borderWidth: 0, gapWidth: 3 }, upperLabel: { show: false } },
            { colorSaturation: [0.35, 0.6], itemStyle: { borderWidth: 2, gapWidth: 1, borderColorSaturation: 0.5 } },
          ],
          data,
        },
      ],
    });
  }
}
