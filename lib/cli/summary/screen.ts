import { protocolNames } from '../../text/protocol-names.js';
import type { HeavyHitters, Weights } from './heavy-hitters.js';
import type { Bin, Summary } from './summary.js';
import { count, counted, shortBytes, shortCount, shortDuration } from '../../text/quantity.js';
import { visible } from '../../text/visible-text.js';
import { displayWidth, fit } from '../terminal/terminal-text.js';

/** Cells of the columns behind a name: bytes, share, flows, each with a space before it. */
const numberCells = 8 + 6 + 9;
const narrowest = 64;
const widest = 160;

/**
 * The screen of `nfstream summary`. Tables and bars are drawn here: names from the network must be shown by `visible` and measured as it shows them, and the libraries for
 * tables and charts measure and colour by themselves (cli-table3 had its last release in 2024; chartscii writes escapes into pipes).
 * @param title what was read, @param width cells of the terminal, @param top lines of each table
 */
export function summaryScreen(summary: Summary, title: string, width: number, top: number): string {
  const room = Math.min(Math.max(width, narrowest), widest);
  const { applications, talkers, protocols, durations, sizes } = summary;
  const parts = [
    totals(summary, title),
    hitters('APPLICATIONS BY BYTES', applications, 'bytes', summary, room, top),
    hitters('APPLICATIONS BY FLOWS', applications, 'flows', summary, room, top),
    hitters('TALKERS BY BYTES (from and to)', talkers, 'bytes', summary, room, top),
    hitters('PROTOCOLS', protocols, 'bytes', summary, room, top, protocolName),
    histogram('DURATIONS', durations, room),
    histogram('SIZES', sizes, room),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function totals({ flows, packets, bytes, firstMs, lastMs }: Summary, title: string): string {
  const lines = [`${visible(title)}: ${counted(flows, 'flow')}, ${counted(packets, 'packet')}, ${shortBytes(bytes)}`];
  if (firstMs !== null && lastMs !== null) lines.push(`${utc(firstMs)} to ${utc(lastMs)} UTC, ${shortDuration(Math.round(lastMs - firstMs))}`);
  return `${lines.join('\n')}\n`;
}

/** A time as people write it; one that no calendar has as the number that it is. */
function utc(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').slice(0, 19) : `${ms} ms`;
}

function protocolName(number: string): string {
  return protocolNames.get(Number(number)) ?? number;
}

function hitters(
  title: string,
  names: HeavyHitters,
  by: keyof Weights,
  summary: Summary,
  room: number,
  top: number,
  shown: (name: string) => string = (name) => name,
): string {
  const rows = names.top(top, by);
  if (rows.length === 0) return '';
  const nameCells = Math.min(room - numberCells - 12, Math.max(displayWidth(title), ...rows.map(([name]) => displayWidth(visible(shown(name) || '(none)')))));
  const barCells = room - nameCells - numberCells - 2;
  const most = rows[0]![1][by];
  const about = names.missing > 0 ? '>' : '';
  const lines = rows.map(([name, weights]) => {
    const share = summary[by] === 0 ? 0 : weights[by] / summary[by];
    const numbers = `${fit(`${about}${shortBytes(weights.bytes)}`, 8, 'right')}${fit(percent(share), 6, 'right')}${fit(`${about}${shortCount(weights.flows)}`, 9, 'right')}`;
    return `${fit(visible(shown(name) || '(none)'), nameCells)}${numbers}  ${bar(weights[by], most, barCells)}`.trimEnd();
  });
  const head = `${fit(title, nameCells)}${fit('BYTES', 8, 'right')}${fit('SHARE', 6, 'right')}${fit('FLOWS', 9, 'right')}`;
  const note = names.missing > 0 ? [`More names than fit: the sums are lower bounds, too small by at most ${shortBytes(names.missing)}.`] : [];
  return `${[head, ...lines, ...note].join('\n')}\n`;
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`;
}

function histogram(title: string, bins: readonly Bin[], room: number): string {
  const most = Math.max(...bins.map(({ flows }) => flows));
  if (most === 0) return '';
  const cells = Math.max(displayWidth(title), ...bins.map((bin) => displayWidth(bin.title)));
  const numbers = Math.max(...bins.map(({ flows }) => count(flows).length), 'FLOWS'.length);
  const lines = bins.map((bin) =>
    `${fit(bin.title, cells)}  ${fit(count(bin.flows), numbers, 'right')}  ${bar(bin.flows, most, room - cells - numbers - 4)}`.trimEnd(),
  );
  return `${[`${fit(title, cells)}  ${fit('FLOWS', numbers, 'right')}`, ...lines].join('\n')}\n`;
}

/** A bar that has all of its cells at the most; what is not nothing has one. */
function bar(value: number, most: number, cells: number): string {
  return value === 0 || most === 0 ? '' : '#'.repeat(Math.max(1, Math.round((value / most) * cells)));
}
