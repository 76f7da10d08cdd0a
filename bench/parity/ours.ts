import { pipeline } from 'node:stream/promises';
import { aggregate, captureFile, FlowError, type FlowBatch } from '../../lib/index.js';
import type { Row } from './match.js';

/** The flows of one capture, and the error when the capture is damaged or refused. */
export interface OurFlows {
  flows: Row[];
  problem: FlowError | null;
}

/** Runs one capture through a fresh pipeline of the library, in this process. */
export async function ourFlows(path: string, capture: Readonly<Record<string, unknown>>, table: Readonly<Record<string, unknown>>): Promise<OurFlows> {
  const flows: Row[] = [];
  const stage = aggregate(table);
  const collect = async (): Promise<void> => {
    for await (const batch of stage as AsyncIterable<FlowBatch>) for (const flow of batch) flows.push(flow.toJSON());
  };
  try {
    await Promise.all([pipeline(captureFile(path, capture), stage), collect()]);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    return { flows, problem: error };
  }
  return { flows, problem: null };
}
