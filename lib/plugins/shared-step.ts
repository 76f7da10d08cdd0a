/** Views of what a step of the engine tells; the layout is the engine's SharedStep (native/binding/lockstep.h). */
export interface SharedStep {
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
}

/** Places in `u32`. */
export const told = Object.freeze({ index: 0, flow: 1, direction: 2, size: 3, opened: 4, ended: 5, more: 6, endedFlows: 24 } as const);

/** Places in `f64`, of the flow with this packet: source to destination, then back. */
export const toldNumber = Object.freeze({ packets: 4, bytes: 6, timeMs: 8, deltaMs: 9 } as const);

/** Places in `i64`. */
export const toldTime = Object.freeze({ timeNs: 10, beforeNs: 11 } as const);

/** The views of a run's memory. */
export function sharedStep(memory: ArrayBuffer): SharedStep {
  return { u32: new Uint32Array(memory), f64: new Float64Array(memory), i64: new BigInt64Array(memory) };
}
