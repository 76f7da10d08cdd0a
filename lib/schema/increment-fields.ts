import { fieldsOf, frozen } from './field.js';

const what = 'that no row of the flow has told of before: since the last snapshot that showed it, or since it began. Rows of a flow add up to the whole.';

/** What is new in a row of a flow that may have several, as snapshots make them. */
export const incrementFields = fieldsOf(
  'increments',
  '',
  [
    ['new_packets', 'int', 'packets', `Packets ${what}`],
    ['new_bytes', 'int', 'bytes', `Bytes ${what}`],
  ],
  { ...frozen, merge: 'sum' },
);
