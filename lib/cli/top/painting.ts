import { inspect } from 'node:util';
import { displayWidth, fit } from '../terminal/terminal-text.js';

/** How a part of a line looks. Without colours what is chosen is still shown in reverse, and titles are bold. */
export type Paint = 'plain' | 'title' | 'faint' | 'chosen' | 'bar' | 'bad' | 'head';

/** A part of a line, of text that shows what it holds (`visible`). */
export type Span = readonly [text: string, paint?: Paint];

/** A line of the screen. */
export type Line = readonly Span[];

/** Names of SGR attributes. */
type Style = readonly (keyof typeof inspect.colors & string)[];

const colored: Readonly<Record<Paint, Style>> = {
  plain: [],
  title: ['bold', 'cyan'],
  faint: ['gray'],
  chosen: ['inverse'],
  bar: ['green'],
  bad: ['bold', 'red'],
  head: ['bold', 'underline'],
};
const uncolored: Readonly<Record<Paint, Style>> = { ...colored, title: ['bold'], faint: [], bar: [], bad: ['bold'] };

/** A line with its escapes, in at most so many cells. */
export function painted(line: Line, columns: number, color: boolean): string {
  let left = columns;
  let text = '';
  for (const [part, paint = 'plain'] of line) {
    if (left <= 0) break;
    const width = displayWidth(part);
    const shown = width <= left ? part : fit(part, left);
    left -= Math.min(width, left);
    text += styled(shown, (color ? colored : uncolored)[paint]);
  }
  return text;
}

/** By Node's table of attributes: its styleText() looks at the standard output of the process, whatever is written to. */
function styled(text: string, style: Style): string {
  const codes = style.map((name) => inspect.colors[name]!);
  return `${codes.map(([on]) => `\x1b[${on}m`).join('')}${text}${codes.map(([, off]) => `\x1b[${off}m`).join('')}`;
}
