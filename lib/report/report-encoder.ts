import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { FlowError, listed, shortened } from '../errors.js';
import { ArrowEncoder } from '../encode/arrow/arrow.js';
import { joinBytes, type Encoder } from '../encode/encoder.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import type { Schema } from '../schema/schema.js';
import { base64Length, FlowPack } from './flow-pack.js';
import { FlowGatherer } from './flow-gatherer.js';
import { readNames } from './gather/roles.js';
import { tell, type PageData } from './gather/told.js';
import { KeptFlows } from './kept-flows.js';
import { pageFile } from './page-file.js';
import { pageParts } from './page-parts.js';

const deflate = promisify(deflateRaw);

/** Room for sums and single flows in a page, in bytes of base64. */
const roomForSums = 450_000;
const roomForSamples = 250_000;

const nothing = new Uint8Array(0);

/** How a report is made. */
export interface ReportSettings {
  readonly title: string;
  /** Columns of the table of flows besides those that are there by themselves. */
  readonly columns: readonly string[];
  /** Bytes that all flows may take inside the page, in base64. */
  readonly flowBytes: number;
}

/** Makes a page of flows: takes them as an encoder does, gathers while they come, and gives everything at the end. */
export class ReportEncoder implements Encoder {
  readonly stride = 4096;
  readonly #settings: ReportSettings;
  readonly #kept = new KeptFlows();
  readonly #gatherer = new FlowGatherer([this.#kept]);
  readonly #pack: FlowPack;
  #schema: Schema | null = null;
  #names: string[] = [];
  #begun: Promise<void> = Promise.resolve();

  constructor(settings: ReportSettings) {
    this.#settings = settings;
    this.#pack = new FlowPack(settings.flowBytes);
  }

  start(schema: Schema): Uint8Array {
    const missing = this.#settings.columns.find((name) => schema.indexOf(name) < 0);
    if (missing !== undefined) {
      const there = listed(schema.fields.map(({ name }) => name));
      throw new FlowError('ERR_NFSTREAM_COLUMN', `columns names the column ${shortened(missing)}, but these flows have none; they have ${there}.`);
    }
    const more = new Set(this.#settings.columns.map((name) => schema.fields[schema.indexOf(name)]!.name));
    this.#names = schema.fields.map(({ name }) => name).filter((name) => readNames.has(name) || more.has(name));
    return nothing;
  }

  async encode(batch: FlowBatch, from: number, to: number): Promise<Uint8Array> {
    const flows = batch.select(this.#names);
    if (this.#schema === null) this.#begin(flows.schema);
    await this.#begun;
    this.#gatherer.add(flows, from, to, (chunk, first, row, isFirst, texts) => this.#kept.add(flows, first, chunk, row, isFirst, texts));
    await this.#pack.add(flows, from, to);
    return nothing;
  }

  async finish(): Promise<Uint8Array> {
    await this.#begun;
    const flows = await this.#pack.finish();
    const { title, flowBytes } = this.#settings;
    const sums = await this.#sums(flows === null && this.#gatherer.gathered.flows > 0 ? flowBytes : null);
    const samples = flows ?? (this.#gatherer.gathered.flows > 0 ? await this.#samples() : null);
    return pageFile(await pageParts('report'), title, { sums, ...(samples !== null && { flows: samples }) });
  }

  async close(): Promise<void> {
    this.#pack.close();
  }

  #begin(schema: Schema): void {
    this.#schema = schema;
    this.#begun = this.#pack.begin(schema);
  }

  async #sums(withoutFlows: number | null): Promise<Buffer> {
    const columns = (this.#schema?.fields ?? []).map(({ name, type, unit, meaning }) => ({ name, type, unit, meaning }));
    for (let share = 1; ; share /= 2) {
      const data: PageData = { title: this.#settings.title, told: tell(this.#gatherer.gathered, this.#gatherer.texts, share), columns, withoutFlows };
      const bytes = await deflate(JSON.stringify(data));
      if (base64Length(bytes.length) <= roomForSums || share < 1 / 256) return bytes;
    }
  }

  async #samples(): Promise<Buffer> {
    for (let most = 200; ; most = most >> 1) {
      const encoder = new ArrowEncoder({ format: 'stream', compression: 'none', dictionary: false, compact: true });
      const pieces = [encoder.start(this.#schema!)];
      for (const flow of this.#kept.flows(most)) pieces.push(joinBytes(await encoder.encode(flow, 0, 1)));
      pieces.push(joinBytes(await encoder.finish()));
      const bytes = await deflate(Buffer.concat(pieces));
      if (base64Length(bytes.length) <= roomForSamples || most === 0) return bytes;
    }
  }
}
