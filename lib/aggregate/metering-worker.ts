import { parentPort, workerData } from 'node:worker_threads';
import { FlowError } from '../errors.js';
import type { FlowColumn } from '../flows/columns.js';
import { pluginRunner } from '../plugins/index.js';
import { threadLoaded } from '../thread-loaded.js';
import { checkMeters } from './check-options.js';
import { makeMetering } from './make-metering.js';
import type { Metering } from './metering.js';
import { receivedBatch, sentError, type MeteringReply, type MeteringRequest, type SentBatch, type ThreadSettings } from './metering-messages.js';

// The thread behind worker-metering.ts: an engine, and the plugins of a module.

const port = parentPort!;
const { module, options, pluginPrefix, onError, source } = workerData as ThreadSettings;

/** Plugins and metrics of a module: its exports of these names, or those of its default export. */
async function start(): Promise<Metering> {
  const exported = (await import(module)) as { default?: Readonly<Record<string, unknown>>; plugins?: unknown; userMetrics?: unknown };
  const { plugins = exported.default?.['plugins'], userMetrics = exported.default?.['userMetrics'] } = exported;
  const runner = pluginRunner({ plugins, userMetrics, pluginPrefix }, onError);
  if (runner === null)
    throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `The module ${module} has neither plugins nor userMetrics; export one of them, or both.`);
  checkMeters(options, runner);
  return makeMetering(options, source, { damage: null }, runner);
}

let metering: Metering | null = null;
let batches: readonly SentBatch[] = [];
let received: ReturnType<typeof receivedBatch>[] = [];

async function answer(request: MeteringRequest): Promise<Omit<MeteringReply, 'skipped' | 'counters'>> {
  const running = (metering ??= await start());
  switch (request.kind) {
    case 'begin': {
      await running.begin(request.firstId, request.maxFlows);
      const { fields, metadata } = running.schema;
      return { schema: { fields, metadata }, memories: [] };
    }
    case 'feed': {
      if (request.batches !== null) {
        batches = request.batches;
        received = batches.map(receivedBatch);
      }
      const step = await running.feed(received);
      return { step, memories: step.full ? [] : doneWith() };
    }
    case 'expire':
      return { step: await running.expire(request.nowMs), memories: [] };
    case 'snapshot':
      return { step: await running.snapshot(request.active, request.most), memories: [] };
    case 'flush':
      return { step: await running.flush(), memories: [] };
    case 'take': {
      const { length, columns } = await running.take(request.source, request.facts);
      return { flows: { length, columns }, memories: [] };
    }
    case 'giveUp':
      await running.giveUp();
      return { memories: doneWith() };
    case 'end':
      await running.end();
      return { memories: [] };
  }
}

function doneWith(): ArrayBuffer[] {
  const memories = batches.map(({ memory }) => memory);
  [batches, received] = [[], []];
  return memories;
}

function buffersOf(columns: readonly FlowColumn[]): ArrayBuffer[] {
  const buffers = columns
    .flatMap((column) => [
      column.type === 'text' ? [column.offsets.buffer, column.bytes.buffer] : column.type === 'list' ? [column.items.buffer] : [column.values.buffer],
      column.valid?.buffer ?? [],
    ])
    .flat() as ArrayBuffer[];
  return [...new Set(buffers)];
}

/** How far it is; nothing before the engine is open. */
function state(): Pick<MeteringReply, 'skipped' | 'counters'> {
  const skipped = metering?.skipped ?? { count: 0, first: null };
  const told = { skipped: { count: skipped.count, first: skipped.first === null ? null : sentError(skipped.first) } };
  return metering === null || !metering.begun ? told : { ...told, counters: metering.counters() };
}

let last: Promise<void> = Promise.resolve();

async function reply(request: MeteringRequest): Promise<void> {
  let made: Omit<MeteringReply, 'skipped' | 'counters'>;
  try {
    made = await answer(request);
  } catch (thrown) {
    made = { error: sentError(thrown), memories: [] };
  }
  port.postMessage({ ...made, ...state() } satisfies MeteringReply, [
    ...made.memories.filter(({ byteLength }) => byteLength > 0),
    ...(made.flows === undefined ? [] : buffersOf(made.flows.columns)),
  ]);
}

port.on('message', (request: MeteringRequest) => {
  last = last.then(() => reply(request));
});

port.postMessage(threadLoaded);
