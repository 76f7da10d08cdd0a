import type { FlowBatch } from '../../flows/flow-batch.js';
import { Texts } from '../../text/texts.js';

/** Applications told by their names; the flows of all others are told together. */
export const toldApplications = 100;
/** Applications counted by their names. nDPI has some hundred, and a flow may have two of them; what is beyond is counted together. */
const countedApplications = 4096;
/** The empty name has a number in any case. */
const numbers = countedApplications + 1;

/** The name of all other applications. nDPI has none of it. */
export const otherApplications = 'other';

const column = 'application_name';

/** Flows by application, in bounded memory. */
export class ApplicationCounts {
  readonly #names = new Texts();
  /** By number of the name. */
  readonly #flows = new Float64Array(numbers);
  #others = 0;

  /** Counts the flows of a batch; those without the column of labels are not counted. */
  add({ columns, schema, length }: FlowBatch): void {
    const labels = columns[schema.indexOf(column)];
    if (labels?.type !== 'text') return;
    const { bytes, offsets } = labels;
    for (let row = 0; row < length; row++) {
      const name = this.#names.add(bytes, offsets[row]!, offsets[row + 1]!, numbers);
      if (name < 0) this.#others++;
      else this.#flows[name]!++;
    }
  }

  /** Flows by application: the commonest, the most first, and `other`, if there are others. */
  commonest(most = toldApplications): Record<string, number> {
    const counted = Array.from(this.#flows.subarray(0, this.#names.size), (flows, name): [string, number] => [this.#names.text(name), flows]);
    const all = counted.filter(([, flows]) => flows > 0).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const others = all.slice(most).reduce((sum, [, flows]) => sum + flows, this.#others);
    return Object.fromEntries([...all.slice(0, most), ...(others > 0 ? [[otherApplications, others] as [string, number]] : [])]);
  }
}
