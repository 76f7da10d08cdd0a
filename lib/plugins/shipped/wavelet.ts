import type { HookFlow } from '../hook-flow.js';
import type { HookPacket } from '../hook-packet.js';
import { FlowPlugin, type PluginColumns } from '../plugin.js';
import { haarFeatures } from './haar.js';
import { knownOptions, positiveNumber, wholeNumber } from './plugin-options.js';

/** What {@link wavelet} takes. */
export interface WaveletOptions {
  /** Levels of the transform, 1 to 16: the time is cut into 2^levels bins, and there are 8 * (levels + 1) columns. */
  readonly levels: number;
  /** Seconds from a flow's first packet that the bins span, above 0, up to 10^9; what comes later is not looked at. Default 1800, which is that of `activeTimeout`. */
  readonly seconds?: number;
}

/**
 * What {@link wavelet} adds to flows: `f_` from source to destination and `b_` back; `p_k` share of a level in the energy, `u_k` mean of the absolute coefficients, `sigma_k` their standard
 * deviation, `S_k` their entropy; and the level's number, 0 for the approximation, then the details from the coarsest to the finest. Null while the flow is under way.
 */
export type WaveletColumns = { [name in `${'f' | 'b'}_${'p' | 'u' | 'sigma' | 'S'}_k_${number}`]: number | null };

/**
 * A plugin that tells features of the stationary Haar wavelet transform of IP bytes over time, in each direction: those of nfstream's WFPlugin, under the same names. As there, a flow's first
 * packet is where time begins, and is not among them.
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE, ERR_NFSTREAM_OPTION_UNKNOWN
 */
export function wavelet(options: WaveletOptions): FlowPlugin<WaveletColumns> {
  const { levels, seconds = 1800 } = knownOptions('wavelet', options, ['levels', 'seconds']);
  return new Wavelet(wholeNumber('levels of wavelet()', levels, 1, 16), positiveNumber('seconds of wavelet()', seconds, 1e9));
}

const ways = ['f', 'b'] as const;
const wayNames = { f: 'from source to destination', b: 'back' } as const;
const features = {
  p: 'Share of the level in the energy of the IP bytes over time',
  u: 'Mean of the absolute wavelet coefficients of the level',
  sigma: 'Standard deviation of the wavelet coefficients of the level',
  S: 'Shannon entropy of the wavelet coefficients of the level',
} as const;

/** The bytes of a flow's packets by time, in each direction. */
interface Series {
  readonly began: number;
  readonly bins: readonly [Map<number, number>, Map<number, number>];
}

class Wavelet extends FlowPlugin<WaveletColumns> {
  override readonly name = 'wavelet';
  override readonly columns: PluginColumns<WaveletColumns>;
  readonly #levels: number;
  readonly #bins: number;
  /** Milliseconds of a bin. */
  readonly #width: number;
  readonly #series = new Map<number, Series>();

  constructor(levels: number, seconds: number) {
    super();
    this.#levels = levels;
    this.#bins = 2 ** levels;
    this.#width = (seconds / this.#bins) * 1000;
    const column = (way: 'f' | 'b', feature: keyof typeof features, k: number) =>
      [`${way}_${feature}_k_${k}`, { type: 'float', meaning: `${features[feature]} ${k}, ${wayNames[way]}.` }] as const;
    const numbers = Array.from({ length: levels + 1 }, (_, k) => k);
    this.columns = Object.fromEntries(
      ways.flatMap((way) => (Object.keys(features) as (keyof typeof features)[]).flatMap((feature) => numbers.map((k) => column(way, feature, k)))),
    ) as PluginColumns<WaveletColumns>;
  }

  override onInit(packet: HookPacket, flow: HookFlow<WaveletColumns>): void {
    this.#series.set(flow.handle, { began: Math.floor(packet.timeMs), bins: [new Map(), new Map()] });
  }

  override onUpdate(packet: HookPacket, flow: HookFlow<WaveletColumns>): void {
    const { began, bins } = this.#series.get(flow.handle)!;
    const since = Math.floor(packet.timeMs) - began;
    const bin = Math.round((since - (since % this.#width)) / this.#width); // a quotient alone may be rounded up to the next bin
    const way = bins[packet.direction];
    if (bin < this.#bins) way.set(bin, (way.get(bin) ?? 0) + packet.ipSize);
    else flow.stopUpdates();
  }

  override onExpire(flow: HookFlow<WaveletColumns>): void {
    const { bins } = this.#series.get(flow.handle)!;
    this.#series.delete(flow.handle);
    ways.forEach((way, direction) => {
      haarFeatures(bins[direction]!, this.#levels).forEach(({ p, u, sigma, entropy }, k) => {
        flow.udps[`${way}_p_k_${k}`] = p;
        flow.udps[`${way}_u_k_${k}`] = u;
        flow.udps[`${way}_sigma_k_${k}`] = sigma;
        flow.udps[`${way}_S_k_${k}`] = entropy;
      });
    });
  }
}
