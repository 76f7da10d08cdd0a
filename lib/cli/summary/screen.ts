import { grouped, ranked, valueOf, type Group, type Measure } from '../../report/gather/groups.js';
import { edges } from '../../report/gather/scale.js';
import { portName, shown } from '../../report/gather/shown.js';
import type { Cell, Table, TimeSeries, Told } from '../../report/gather/told.js';
import { count, counted, shortBytes, shortCount, shortDuration } from '../../text/quantity.js';
import { visible } from '../../text/visible-text.js';
import { gatheredInto, sparkline } from '../terminal/sparkline.js';
import { displayWidth, fit } from '../terminal/terminal-text.js';

/** Cells of the columns behind a name: bytes, share, flows, each with a space before it. */
const numberCells = 8 + 6 + 9;
const narrowest = 64;
const widest = 160;
/** Applications over time. */
const mostSeries = 5;

/** A table of names by what they weigh. */
interface NamePlan {
  readonly title: string;
  readonly table: Table;
  readonly by: Measure;
  /** What is added up, and how it is called. */
  readonly name: (key: Cell['key']) => string;
}

/**
 * The screen of `nfstream summary`: what a report shows first, as text. Tables and bars are drawn here: names from the network must be shown by `visible` and measured as it shows
 * them, and the libraries for tables and charts measure and colour by themselves (cli-table3 had its last release in 2024; chartscii writes escapes into pipes).
 * @param title what was read, @param width cells of the terminal, @param top lines of each table
 */
export function summaryScreen(told: Told, title: string, width: number, top: number): string {
  const room = Math.min(Math.max(width, narrowest), widest);
  const { applications, hosts, pairs, protocols, ports, durations, sizes } = told.tables;
  const plans: readonly NamePlan[] = [
    { title: 'APPLICATIONS BY BYTES', table: applications, by: 'bytes', name: ({ application }) => shown('application', application!) },
    { title: 'APPLICATIONS BY FLOWS', table: applications, by: 'flows', name: ({ application }) => shown('application', application!) },
    { title: 'CATEGORIES', table: categorised(applications), by: 'bytes', name: ({ category }) => shown('category', category!) },
    { title: 'TALKERS BY BYTES (from and to)', table: hosts, by: 'bytes', name: ({ host }) => shown('host', host!) },
    {
      title: 'WHO TALKS TO WHOM',
      table: pairs,
      by: 'bytes',
      name: ({ source, destination }) => `${shown('source', source!)} -> ${shown('destination', destination!)}`,
    },
    { title: 'PROTOCOLS', table: protocols, by: 'bytes', name: ({ protocol }) => shown('protocol', protocol!) },
    { title: 'SERVER PORTS', table: ports, by: 'bytes', name: portName },
  ];
  const parts = [
    totals(told, title),
    overTime(told.timelines.application, room),
    ...plans.map((plan) => names(plan, told, room, top)),
    histogram('DURATIONS', durations, ({ duration }) => duration, shortDuration, room),
    histogram('SIZES', sizes, ({ size }) => size, shortBytes, room),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function totals({ flows, packets, bytes, firstMs, lastMs }: Told, title: string): string {
  const lines = [`${visible(title)}: ${counted(flows, 'flow')}, ${counted(packets, 'packet')}, ${shortBytes(bytes)}`];
  if (firstMs !== null && lastMs !== null) lines.push(`${utc(firstMs)} to ${utc(lastMs)} UTC, ${shortDuration(Math.round(lastMs - firstMs))}`);
  return `${lines.join('\n')}\n`;
}

/** A time as people write it; one that no calendar has as the number that it is. */
function utc(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').slice(0, 19) : `${ms} ms`;
}

/** Bytes over time: all of them, and those of the applications with the most. Each line has a scale of its own, which ends at what it says. */
function overTime({ widthMs, series }: TimeSeries, room: number): string {
  const bins = series[0]?.bytes.length ?? 0;
  if (bins < 2) return '';
  const named = series.filter(({ name }) => name !== null).slice(0, mostSeries);
  const all = Array.from({ length: bins }, (_, bin) => series.reduce((sum, { bytes }) => sum + bytes[bin]!, 0));
  const lines = [{ label: 'everything', values: all }, ...named.map(({ name, bytes }) => ({ label: shown('application', name!), values: bytes }))];
  const title = 'BYTES OVER TIME';
  const nameCells = Math.min(room - 40, Math.max(displayWidth(title), ...lines.map(({ label }) => displayWidth(label))));
  const places = room - nameCells - 10;
  const each = Math.ceil(bins / places);
  const drawn = lines.map(({ label, values }) => {
    const some = gatheredInto(values, places);
    return `${fit(label, nameCells)}${fit(shortBytes(Math.max(...some)), 8, 'right')}  ${sparkline(some)}`.trimEnd();
  });
  return `${[`${fit(title, nameCells)}${fit('MOST', 8, 'right')}  in steps of ${shortDuration(each * widthMs)}`, ...drawn].join('\n')}\n`;
}

/** The table where categories are told. */
function categorised(table: Table): Table {
  return table.cells.some(({ key }) => key.category !== '') ? table : { ...table, cells: [] };
}

function names({ title, table, by, name }: NamePlan, told: Told, room: number, top: number): string {
  const rows = ranked(grouped(table.cells, name), by).slice(0, top);
  if (rows.length === 0) return '';
  const weight = (group: Group): number => valueOf(group, by);
  const nameCells = Math.min(room - numberCells - 12, Math.max(displayWidth(title), ...rows.map(({ key }) => displayWidth(name(key)))));
  const barCells = room - nameCells - numberCells - 2;
  const about = table.missing > 0 ? '>' : '';
  const lines = rows.map((group) => {
    const share = told[by] === 0 ? 0 : weight(group) / told[by];
    const numbers = `${fit(`${about}${shortBytes(group.amount)}`, 8, 'right')}${fit(percent(share), 6, 'right')}${fit(`${about}${shortCount(group.flows)}`, 9, 'right')}`;
    return `${fit(name(group.key), nameCells)}${numbers}  ${bar(weight(group), weight(rows[0]!), barCells)}`.trimEnd();
  });
  const head = `${fit(title, nameCells)}${fit('BYTES', 8, 'right')}${fit('SHARE', 6, 'right')}${fit('FLOWS', 9, 'right')}`;
  const note = table.missing > 0 ? [`More names than fit: the sums are lower bounds, too small by at most ${shortBytes(table.missing)}.`] : [];
  return `${[head, ...lines, ...note].join('\n')}\n`;
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`;
}

/** Flows in decades: a class of the report's scale is a third of one. */
function histogram(
  title: string,
  { cells }: Table,
  classOf: (key: Cell['key']) => string | number | undefined,
  unit: (edge: number) => string,
  room: number,
): string {
  const flows = new Map<number, number>();
  for (const { key, flows: some } of cells) {
    const decade = Math.ceil((classOf(key) as number) / 3);
    flows.set(decade, (flows.get(decade) ?? 0) + some);
  }
  if (flows.size === 0) return '';
  const decades = [...flows.keys()].sort((one, other) => one - other);
  const bins = Array.from({ length: decades.at(-1)! - decades[0]! + 1 }, (_, at) => decades[0]! + at);
  const label = (decade: number): string => (decade === 0 ? `below ${unit(1)}` : `from ${unit(edges[3 * (decade - 1)]!)}`);
  const most = Math.max(...flows.values());
  const nameCells = Math.max(displayWidth(title), ...bins.map((bin) => displayWidth(label(bin))));
  const numbers = Math.max(count(most).length, 'FLOWS'.length);
  const lines = bins.map((bin) => {
    const some = flows.get(bin) ?? 0;
    return `${fit(label(bin), nameCells)}  ${fit(count(some), numbers, 'right')}  ${bar(some, most, room - nameCells - numbers - 4)}`.trimEnd();
  });
  return `${[`${fit(title, nameCells)}  ${fit('FLOWS', numbers, 'right')}`, ...lines].join('\n')}\n`;
}

/** A bar that has all of its cells at the most; what is not nothing has one. */
function bar(value: number, most: number, cells: number): string {
  return value === 0 || most === 0 ? '' : '#'.repeat(Math.max(1, Math.round((value / most) * cells)));
}
