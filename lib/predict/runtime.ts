import { findPeer } from '../peer.js';

/** The package that runs models, and the versions of it that tell what a model takes and gives. */
const peer = 'onnxruntime-node';

/** A value that goes into a model or comes out of it. */
export interface ModelTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** What a model says of a value that it takes or gives. A size that is no number is free. */
export interface ModelValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** Empty where the model says nothing of it. */
  readonly shape?: readonly (number | string)[];
}

/** A model that is loaded. */
export interface ModelSession {
  readonly inputMetadata: readonly ModelValue[];
  readonly outputMetadata: readonly ModelValue[];
  run(feeds: Readonly<Record<string, ModelTensor>>, fetches: readonly string[]): Promise<Readonly<Record<string, ModelTensor>>>;
  release(): Promise<void>;
}

/** What of onnxruntime is used: its types can't be imported where it is not installed. */
export interface ModelRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => ModelTensor;
  readonly InferenceSession: { create(model: string | Uint8Array, options: Readonly<Record<string, unknown>>): Promise<ModelSession> };
}

/**
 * Finds the package that runs models; it is loaded by what comes back.
 * @param name of the package, for tests
 * @throws {FlowError} ERR_NFSTREAM_PEER when it is not installed; and what comes back, when it can't be loaded
 */
export function findRuntime(name = peer): () => ModelRuntime {
  const { load } = findPeer({ user: 'predict()', name, install: 'npm install --ignore-scripts' });
  return () => load() as ModelRuntime;
}
