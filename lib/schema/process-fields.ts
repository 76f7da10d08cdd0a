import { fieldsOf } from './field.js';

/** The process of this machine that a flow belongs to. */
export const processFields = fieldsOf(
  'processes',
  'nfstream',
  [
    [
      'system_process_pid',
      'int',
      '',
      "Number of the process of this machine that holds the flow's socket: the source's, or the destination's where the source has none here; -1 when none was found. Only for packets of network devices.",
    ],
    ['system_process_name', 'text', '', 'Name of that process, as psutil tells it; empty when none was found. Bytes that are no UTF-8 are U+FFFD.'],
  ],
  { merge: 'first' },
);
