import type { ModelRuntime, ModelSession, ModelTensor, ModelValue } from '../../lib/predict/runtime.js';

/** What a fake model takes and gives. */
export interface FakeModel {
  readonly inputs?: readonly ModelValue[];
  readonly outputs?: readonly ModelValue[];
  /** What it makes of the numbers of each flow, of all inputs one behind the other. */
  readonly give?: (rows: readonly number[][]) => Readonly<Record<string, ModelTensor>>;
}

/** A runtime whose models are no ONNX, and what became of them. */
export interface FakeRuntime extends ModelRuntime {
  /** Models that are loaded and not released. */
  open: number;
  /** Rows of each run, in order. */
  readonly runs: number[];
  readonly created: { model: string | Uint8Array; options: Readonly<Record<string, unknown>> }[];
}

class FakeTensor implements ModelTensor {
  readonly type: 'float32';
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(type: 'float32', data: Float32Array, dims: readonly number[]) {
    if (data.length !== dims.reduce((product, size) => product * size, 1)) throw new Error('The data does not fit its shape.');
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** A tensor that a model gives. */
export function tensor(type: string, dims: readonly number[], data: ArrayLike<unknown>): ModelTensor {
  return { type, dims, data };
}

/** A value that is a tensor. */
export function value(name: string, type: string, ...shape: (number | string)[]): ModelValue {
  return { name, isTensor: true, type, shape };
}

const sum = (row: readonly number[]): number => row.reduce((total, one) => total + one, 0);

/** By default one input of any width, whose sum it gives in several forms. */
const usual: Required<FakeModel> = {
  inputs: [value('X', 'float32', '', '')],
  outputs: [value('label', 'int64', ''), value('score', 'float32', '', 1), value('name', 'string', ''), value('p', 'float32', '', 2)],
  give: (rows) => ({
    label: tensor(
      'int64',
      [rows.length],
      BigInt64Array.from(rows, (row) => (Number.isNaN(sum(row)) ? -1n : BigInt(Math.round(sum(row))))),
    ),
    score: tensor('float32', [rows.length, 1], Float32Array.from(rows, sum)),
    name: tensor(
      'string',
      [rows.length],
      rows.map((row) => `sum ${sum(row)}`),
    ),
    p: tensor('float32', [rows.length, 2], Float32Array.from(rows.flatMap((row) => [sum(row), -sum(row)]))),
  }),
};

/** A runtime that loads this model whatever it is given. */
export function fakeRuntime(model: FakeModel = {}): FakeRuntime {
  const { inputs, outputs, give } = { ...usual, ...model };
  const session: ModelSession = {
    inputMetadata: inputs,
    outputMetadata: outputs,
    run: (feeds, fetches) =>
      // As onnxruntime does: in the next round of the event loop.
      new Promise((resolve, reject) => {
        setImmediate(() => {
          const parts = inputs.map(({ name }) => feeds[name]! as FakeTensor);
          const count = parts[0]!.dims[0]!;
          runtime.runs.push(count);
          const rows = Array.from({ length: count }, (_, row) =>
            parts.flatMap(({ data, dims: [, width = 1] }) => Array.from(data.subarray(row * width, (row + 1) * width))),
          );
          try {
            const given = give(rows);
            resolve(Object.fromEntries(fetches.map((name) => [name, given[name]!])));
          } catch (error) {
            reject(error as Error);
          }
        });
      }),
    release: async () => {
      runtime.open--;
    },
  };
  const runtime: FakeRuntime = {
    open: 0,
    runs: [],
    created: [],
    Tensor: FakeTensor,
    InferenceSession: {
      create: async (bytes, options) => {
        runtime.created.push({ model: bytes, options });
        if (bytes.length === 3) throw new Error('protobuf parsing failed');
        runtime.open++;
        return session;
      },
    },
  };
  return runtime;
}
