import { fileURLToPath } from 'node:url';
import { layoutTable, tableHeader, tableRow } from '../lib/cli/terminal/flow-table.js';
import { aggregate, captureFile, type FlowBatch } from '../lib/index.js';

const office = fileURLToPath(new URL('../fixtures/office.pcap', import.meta.url));

/** Width of the table in README.md, and most flows in it. */
const columns = 118;
const most = 8;

/** What the command prints for fixtures/office.pcap, cut down to the first flow of each application protocol. */
export async function officeTable(): Promise<string> {
  const seen = new Set<string>();
  let text = '';
  for await (const batch of captureFile(office).compose(aggregate({ endReason: true })) as AsyncIterable<FlowBatch>) {
    const layout = layoutTable(batch.schema, columns);
    if (text === '') text = tableHeader(layout);
    for (const flow of batch) {
      const protocol = flow.applicationName.split('.')[0]!;
      if (seen.size === most || seen.has(protocol)) continue;
      seen.add(protocol);
      text += tableRow(layout, flow);
    }
  }
  return `${text}...`;
}
