import { grouped, ranked, valueOf } from '../../gather/groups.js';
import { shown, subnetOf } from '../../gather/shown.js';
import type { Cell } from '../../gather/told.js';
import { Chart, tip, tooltip } from '../charts.js';
import { choice } from '../dom.js';
import { amount, bytes, count, fit } from '../format.js';
import { folded, of, Panel, rankedTable, type Context, type Figure } from '../panel.js';
import type { View } from '../sums.js';

/** Ends of the figure that have a name of their own. */
const mostEnds = 16;

interface Link {
  readonly source: string;
  readonly target: string;
  readonly value: number;
}

/** Who talks to whom: hosts or subnets around a circle, and tables of hosts and of pairs. */
export class Talk implements Figure {
  readonly #panel = new Panel('Who talks to whom', 'half');
  readonly #chart = new Chart('chord');
  #of: 'host' | 'subnet' = 'host';
  #drawn: [View, Context] | null = null;
  /** The addresses behind the names that the figure shows. */
  #addresses = new Map<string, string>();

  constructor() {
    this.#panel.tools.append(
      choice<'host' | 'subnet'>(
        'Ends',
        [
          ['host', 'Hosts'],
          ['subnet', 'Subnets'],
        ],
        this.#of,
        (ends) => {
          this.#of = ends;
          if (this.#drawn !== null) this.draw(...this.#drawn);
        },
      ),
    );
    this.#chart.on('click', ({ dataType, name }: { dataType?: string; name: string }) => {
      const address = this.#addresses.get(name);
      if (dataType === 'node' && address !== undefined && this.#of === 'host') this.#drawn?.[1].filters.toggle('host', address);
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(view: View, context: Context): void {
    this.#drawn = [view, context];
    const { measure, look } = context;
    const [hosts, hostsDeaf] = of(view, 'hosts');
    const [pairs] = of(view, 'pairs');
    this.#panel.show(hosts.of > 0);
    this.#panel.note(hostsDeaf, pairs.missing > 0 ? pairs : hosts);
    const end = this.#of === 'host' ? (address: string): string => address : subnetOf;
    const between = ranked(
      grouped(pairs.cells, ({ source, destination }) => `${end(source as string)}\n${end(destination as string)}`),
      measure,
    );
    const byHost = ranked(
      grouped(hosts.cells, ({ host }) => host),
      measure,
    );
    const hostList = rankedTable(
      byHost,
      { caption: 'Hosts (from and to)', name: 'Host', target: ({ key }) => ['host', key.host!], text: ({ key }) => shown('host', key.host!) },
      context,
    );
    const said = (key: Cell['key']): string => `${shown('source', end(key.source as string))} → ${shown('destination', end(key.destination as string))}`;
    const pairList = rankedTable(between, { caption: 'Pairs', name: 'From and to', target: () => null, text: ({ key }) => said(key) }, context);
    const fold = folded('As tables', hostList);
    fold.append(pairList);
    fold.open = this.#panel.body.querySelector('details')?.open ?? false;
    this.#panel.body.replaceChildren(this.#chart.element, fold);
    const { nodes, links } = this.#circle(between, end, context);
    const says = between.slice(0, 5).map((group) => `${fit(said(group.key), 90)} ${amount(valueOf(group, measure), measure)}`);
    this.#chart.draw(`Who talks to whom by ${measure}: ${says.join(', ')}`, look, {
      tooltip: {
        ...tooltip(look),
        formatter: ({ dataType, name, data }: { dataType?: string; name: string; data: Partial<Link> }) =>
          dataType === 'edge' ? tip(`${data.source} → ${data.target}`, [[measure, amount(data.value ?? 0, measure)]]) : tip(name, this.#hostLines(view, name)),
      },
      series: [
        {
          type: 'chord',
          radius: ['66%', '72%'],
          center: ['50%', '50%'],
          padAngle: 2,
          minAngle: 3,
          startAngle: 90,
          label: { show: true, color: look.text, fontSize: 11, distance: 6, formatter: ({ name }: { name: string }) => fit(name, 22) },
          lineStyle: { color: 'source', opacity: 0.45 },
          emphasis: { focus: 'adjacency', lineStyle: { opacity: 0.8 } },
          data: nodes,
          links,
        },
      ],
    });
  }

  /** Ends with the most, and everybody else as one. */
  #circle(between: readonly Cell[], end: (address: string) => string, { measure, look, filters }: Context) {
    const sizes = new Map<string, number>();
    for (const pair of between)
      for (const address of [pair.key.source, pair.key.destination])
        sizes.set(end(address as string), (sizes.get(end(address as string)) ?? 0) + valueOf(pair, measure));
    const largest = [...sizes].sort(([, one], [, other]) => other - one).slice(0, mostEnds);
    this.#addresses = new Map(largest.map(([address]) => [shown('host', address), address]));
    const known = new Set(largest.map(([address]) => address));
    const name = (address: string): string => (known.has(end(address)) ? shown('host', end(address)) : 'others');
    const sums = new Map<string, Link>();
    for (const pair of between) {
      const [source, target] = [name(pair.key.source as string), name(pair.key.destination as string)];
      const key = `${source}\n${target}`;
      sums.set(key, { source, target, value: (sums.get(key)?.value ?? 0) + valueOf(pair, measure) });
    }
    const links = [...sums.values()].filter(({ value }) => value > 0);
    const used = new Set(links.flatMap(({ source, target }) => [source, target]));
    const nodes = [...this.#addresses.keys(), 'others']
      .filter((one) => used.has(one))
      .map((one, index) => ({
        name: one,
        itemStyle: {
          color: one === 'others' ? look.other : look.series[index % look.series.length],
          opacity: filters.values.has('host') && !filters.has('host', this.#addresses.get(one) ?? '') ? 0.5 : 1,
        },
      }));
    return { nodes, links };
  }

  #hostLines(view: View, name: string): [string, string][] {
    const address = this.#addresses.get(name);
    const cells = view.told.tables.hosts.cells.filter(({ key }) => (this.#of === 'host' ? key.host : subnetOf(key.host as string)) === address);
    const sum = (of: 'amount' | 'packets' | 'flows'): number => cells.reduce((all, cell) => all + cell[of], 0);
    return cells.length === 0
      ? []
      : [
          ['bytes', bytes(sum('amount'))],
          ['packets', count(sum('packets'))],
          ['flows', count(sum('flows'))],
        ];
  }
}
