import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, openSync, closeSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { captureFile, type PacketBatch } from '../../lib/capture/index.js';
import { programArgs } from '../program.js';
import { drained, ticksUntil, until } from '../waiting.js';
import { openUnder, pcap, pcapHeader, pcapRecord, rejection, Scratch, udpFrame } from './build-capture.js';

/** Ours are 100 ms: ten ticks, as a program counts them that finds time to run. */
const soon = 20;

describe('a live source', () => {
  const scratch = new Scratch();
  after(() => scratch.remove());

  const run = async (args: string[], input: 'ignore' | 'pipe' = 'ignore'): Promise<{ output: string; code: number | null }> => {
    const program = fileURLToPath(new URL('live-program.ts', import.meta.url));
    const child = spawn(process.execPath, [...(await programArgs(program)), ...args], { stdio: [input, 'pipe', 'inherit'] });
    let output = '';
    child.stdout!.on('data', (text) => (output += text));
    const [code] = (await once(child, 'exit')) as [number | null];
    if (!child.stdout!.readableEnded) await once(child.stdout!, 'end');
    return { output, code };
  };

  for (const [way, expected] of [
    ['exit', 7],
    ['destroy', 0],
    ['stop', 0],
    ['sigint', 0],
  ] as const) {
    for (const writer of ['no writer', 'a silent writer']) {
      it(`${way} on a FIFO with ${writer} ends the process at once`, async () => {
        const path = scratch.fifo();
        // Open for reading and writing, so that opening does not wait for the other end.
        const silent = writer === 'no writer' ? null : openSync(path, 'r+');
        const { output, code } = await run([way, path]);
        if (silent !== null) closeSync(silent);
        expect(code).to.equal(expected);
        expect(Number(output)).to.be.within(0, soon);
      });
    }
    it(`${way} on a silent standard input ends the process at once`, async () => {
      const { output, code } = await run([way, '-'], 'pipe');
      expect(code).to.equal(expected);
      expect(Number(output)).to.be.within(0, soon);
    });
  }

  it('several workers that read silent FIFOs can be terminated at once', async () => {
    const { output, code } = await run(['workers', scratch.fifo()]);
    expect(code).to.equal(0);
    expect(output).to.match(/^\d+\n$/);
    expect(Number(output)).to.be.within(0, soon);
  });

  it('waits for the first writer, and hands on packets as they come', async () => {
    const path = scratch.fifo();
    const source = captureFile(path);
    const batches: PacketBatch[] = [];
    const ended = (async () => {
      for await (const batch of source) batches.push(batch);
    })();
    await sleep(200);
    expect(batches).to.have.length(0);
    const writer = openSync(path, 'w');
    const file = pcap(3);
    writeSync(writer, file.subarray(0, 200));
    await until(() => batches.length > 0);
    expect(batches.map((batch) => [batch.length, batch.live])).to.deep.equal([[3 - 1, true]]);
    for (const byte of file.subarray(200)) writeSync(writer, Buffer.of(byte));
    closeSync(writer);
    await ended;
    expect(batches.flatMap((batch) => [...batch].map((packet) => packet.number))).to.deep.equal([1, 2, 3]);
    expect(batches[0]!.slab.byteLength).to.be.below(10_000);
    expect(source.report()).to.deep.include({ packets: 3, bytesTotal: 0, damage: null });
  });

  it('is read as fast as it is written', async () => {
    const path = scratch.fifo();
    const source = captureFile(path);
    createWriteStream(path).end(pcap(100_000, 0, Buffer.alloc(100)));
    let packets = 0;
    for await (const batch of source) packets += batch.length;
    expect(packets).to.equal(100_000);
  });

  it('stop() delivers what came before it', async () => {
    for (let round = 0; round < 5; round++) {
      const path = scratch.fifo();
      const source = captureFile(path);
      const batches = source.toArray() as Promise<PacketBatch[]>;
      const writer = openSync(path, 'r+');
      try {
        writeSync(writer, Buffer.concat([pcapHeader(), pcapRecord(1, udpFrame()), pcapRecord(2, udpFrame())]));
        await drained(path);
        source.stop();
        expect(await ticksUntil(batches)).to.be.below(soon);
        expect((await batches).reduce((sum, batch) => sum + batch.length, 0)).to.equal(2);
      } finally {
        closeSync(writer);
      }
    }
  });

  it('a writer that leaves in the middle of a packet damages it', async () => {
    const path = scratch.fifo();
    const source = captureFile(path);
    createWriteStream(path).end(pcap(2).subarray(0, -1));
    const error = await rejection(
      (async () => {
        for await (const batch of source) expect(batch.length).to.equal(1);
      })(),
    );
    expect(error).to.include({ code: 'ERR_NFSTREAM_TRUNCATED', packet: 2, file: path });
  });

  it('destroys without leaving a descriptor', async () => {
    for (let i = 0; i < 20; i++) {
      const source = captureFile(scratch.fifo()).resume();
      await sleep(i % 5);
      source.destroy();
      if (!source.closed) await once(source, 'close');
    }
    expect(openUnder(scratch.folder)).to.deep.equal([]);
  });
});
