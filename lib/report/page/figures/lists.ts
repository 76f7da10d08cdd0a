import { grouped, ranked, valueOf, type Group } from '../../gather/groups.js';
import { portName, severity, shown } from '../../gather/shown.js';
import type { CubeName, Dimension } from '../../gather/cubes.js';
import type { Cell } from '../../gather/told.js';
import { Chart, tip, tooltip } from '../charts.js';
import { amount, bytes, count, fit, percent, short } from '../format.js';
import { folded, of, Panel, rankedTable, type Context, type Figure, type NumberColumn } from '../panel.js';
import type { View } from '../sums.js';

/** What a list of names with bars shows. */
export interface ListPlan {
  readonly title: string;
  readonly cube: CubeName;
  readonly dimension: Dimension;
  readonly name: string;
  /** Bars besides the table. */
  readonly bars: boolean;
  readonly className?: string;
  text?(key: Cell['key']): string;
  readonly columns?: readonly NumberColumn[];
  /** Whether a cell is shown. */
  keep?(cell: Cell): boolean;
  sort?(one: Group, other: Group): number;
}

/** Names with the most of what is counted: bars, and a table whose names filter. */
export class List implements Figure {
  readonly #plan: ListPlan;
  readonly #panel: Panel;
  readonly #chart = new Chart('bars');
  #shown: Group[] = [];
  #context: Context | null = null;

  constructor(plan: ListPlan) {
    this.#plan = plan;
    this.#panel = new Panel(plan.title, plan.className ?? 'third');
    this.#chart.on('click', ({ dataIndex }: { dataIndex: number }) => {
      const group = this.#shown[dataIndex];
      if (group !== undefined) this.#context?.filters.toggle(plan.dimension, this.#valueOf(group));
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(view: View, context: Context): void {
    const { cube, dimension, text, keep, sort, columns, title, name, bars } = this.#plan;
    const [table, deaf] = of(view, cube);
    this.#context = context;
    const cells = keep === undefined ? table.cells : table.cells.filter(keep);
    this.#panel.show(table.of > 0 && (cells.length > 0 || context.filters.any));
    this.#panel.note(deaf, table);
    const groups = ranked(
      grouped(cells, (key) => this.#label(key, text)),
      context.measure,
    );
    if (sort !== undefined) groups.sort(sort);
    const target = (group: Group): readonly [Dimension, string | number] => [dimension, this.#valueOf(group)];
    const list = rankedTable(
      groups,
      { caption: title, titled: !bars, name, target, text: ({ key }) => this.#label(key, text), ...(columns && { columns }) },
      context,
    );
    if (!bars) return this.#panel.body.replaceChildren(list);
    const details = this.#panel.body.querySelector('details');
    const fold = folded('As a table', list);
    fold.open = details?.open ?? false;
    this.#panel.body.replaceChildren(this.#chart.element, fold);
    this.#bars(groups, context, (group) => this.#label(group.key, text));
  }

  #valueOf({ key }: Group): string | number {
    return (key as Readonly<Record<string, string | number>>)[this.#plan.dimension]!;
  }

  #label(key: Cell['key'], text: ListPlan['text']): string {
    return text?.(key) ?? shown(this.#plan.dimension, (key as Readonly<Record<string, string | number>>)[this.#plan.dimension]!);
  }

  #bars(groups: readonly Group[], context: Context, label: (group: Group) => string): void {
    const { measure, look, filters } = context;
    const some = groups.slice(0, 10);
    this.#shown = some;
    this.#chart.element.style.height = `${12 + 24 * Math.max(some.length, 1)}px`;
    const total = groups.reduce((sum, group) => sum + valueOf(group, measure), 0);
    const says = some.slice(0, 5).map((group) => `${fit(label(group), 40)} ${percent(valueOf(group, measure), total)}`);
    const chosen = some.some((group) => filters.has(this.#plan.dimension, this.#valueOf(group)));
    this.#chart.draw(`${this.#plan.title} by ${measure}: ${says.join(', ')}`, look, {
      grid: { left: 4, right: 56, top: 4, bottom: 4, containLabel: true },
      xAxis: { type: 'value', show: false },
      yAxis: {
        type: 'category',
        inverse: true,
        data: some.map((group) => fit(label(group), 22)),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: look.line } },
        axisLabel: { color: look.text, fontSize: 12 },
      },
      tooltip: {
        ...tooltip(look),
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const group = some[dataIndex]!;
          return tip(label(group), [
            ['bytes', bytes(group.amount)],
            ['packets', count(group.packets)],
            ['flows', count(group.flows)],
          ]);
        },
      },
      series: [
        {
          type: 'bar',
          barMaxWidth: 18,
          cursor: 'pointer',
          label: { show: true, position: 'right', color: look.faint, fontSize: 11, formatter: ({ value }: { value: number }) => amount(value, measure) },
          data: some.map((group) => ({
            value: valueOf(group, measure),
            itemStyle: {
              color: look.series[0],
              opacity: chosen && !filters.has(this.#plan.dimension, this.#valueOf(group)) ? 0.35 : 1,
              borderRadius: [0, 3, 3, 0],
            },
          })),
        },
      ],
    });
  }
}

const failed = (cell: Cell): boolean => typeof cell.key.dnsCode === 'number' && cell.key.dnsCode > 0;
const severityColumns: readonly NumberColumn[] = [
  { title: 'Severity', text: ({ least }) => severity(least) },
  { title: 'Score', text: ({ least }) => (least === null ? '' : String(least)) },
  { title: 'Flows', text: ({ flows }) => short(flows) },
  { title: 'Bytes', text: ({ amount: size }) => bytes(size) },
];

/** Every list of the page, in its order. */
export function lists(): List[] {
  const plans: readonly ListPlan[] = [
    { title: 'Protocols', cube: 'protocols', dimension: 'protocol', name: 'Protocol', bars: true },
    {
      title: 'Server ports',
      cube: 'ports',
      dimension: 'port',
      name: 'Port',
      bars: true,
      text: portName,
    },
    { title: 'TCP states', cube: 'tcpStates', dimension: 'tcpState', name: 'State', bars: true },
    {
      title: 'TCP retransmissions',
      cube: 'retransmissions',
      dimension: 'application',
      name: 'Application',
      bars: false,
      keep: ({ amount: again }) => again > 0,
      columns: [
        { title: 'Again', text: (group) => short(group.amount) },
        { title: 'Packets', text: (group) => short(group.packets) },
        { title: 'Share', text: (group) => percent(group.amount, group.packets) },
      ],
      sort: (one, other) => other.amount - one.amount,
    },
    { title: 'TLS versions', cube: 'tlsVersions', dimension: 'tlsVersion', name: 'Version', bars: true },
    { title: 'TLS clients (JA4)', cube: 'ja4s', dimension: 'ja4', name: 'JA4', bars: false },
    { title: 'Server names', cube: 'serverNames', dimension: 'serverName', name: 'Name', bars: false },
    { title: 'DNS names', cube: 'dnsNames', dimension: 'dnsName', name: 'Name', bars: false },
    { title: 'DNS answers', cube: 'dnsCodes', dimension: 'dnsCode', name: 'Answer', bars: true },
    {
      title: 'DNS failures',
      cube: 'dnsNames',
      dimension: 'dnsName',
      name: 'Name',
      bars: false,
      keep: failed,
      text: ({ dnsName, dnsCode }) => `${shown('dnsName', dnsName!)} (${shown('dnsCode', dnsCode!)})`,
      sort: (one, other) => other.flows - one.flows,
    },
    {
      title: 'Risks by severity',
      cube: 'risks',
      dimension: 'risk',
      name: 'Risk',
      bars: false,
      columns: severityColumns,
      sort: (one, other) => (other.least ?? 0) - (one.least ?? 0) || other.flows - one.flows,
    },
  ];
  return plans.map((plan) => new List(plan));
}
