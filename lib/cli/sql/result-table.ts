import type { FlowBatch } from '../../flows/flow-batch.js';
import { exactAt } from '../../flows/columns.js';
import { visible } from '../../text/visible-text.js';
import { count } from '../../text/quantity.js';
import { fit } from '../terminal/terminal-text.js';

/** Rows of a table on a terminal; more are counted. */
const mostRows = 1000;
/** Cells of the terminal that one text may take. */
const widest = 60;

/** A query's rows as a table for a terminal: text from the network shows as text, and long ones are cut. */
export async function resultTable(batches: AsyncIterable<FlowBatch>): Promise<string> {
  let titles: string[] = [];
  let numbers: boolean[] = [];
  const rows: string[][] = [];
  let total = 0;
  for await (const { schema, columns, length } of batches) {
    titles = schema.fields.map(({ name }) => visible(name));
    numbers = schema.fields.map(({ type }) => type === 'int' || type === 'float');
    for (let row = 0; row < length && rows.length < mostRows; row++) rows.push(columns.map((column) => visible(String(exactAt(column, row) ?? ''))));
    total += length;
  }
  const widths = titles.map((title, index) =>
    Math.min(
      widest,
      rows.reduce((width, row) => Math.max(width, row[index]!.length), title.length),
    ),
  );
  const lines = [titles, ...rows].map((row) => row.map((text, index) => fit(text, widths[index]!, numbers[index]! ? 'right' : 'left')).join('  '));
  const more = total > rows.length ? `... and ${count(total - rows.length)} rows more; write them all with -o.\n` : '';
  return `${lines.map((line) => `${line.trimEnd()}\n`).join('')}${more}`;
}
