// Writes the flows of a capture to CSV, with a metric of two lines or without. Arguments: capture, the file to write, `metric` or `none`.
import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, toFile } from '../../dist/index.js';

const [capture, target, kind] = process.argv.slice(2);
const count_pkts_gt_666 = (packet, flow) => {
  if (packet.size > 666) flow.metrics.count_pkts_gt_666 += 1;
};
await pipeline(captureFile(capture), aggregate(kind === 'metric' ? { userMetrics: { count_pkts_gt_666 } } : {}), toFile(target));
