/** What a field of a message holds: a number, text, bytes, floats packed together, or further messages. */
type Content = number | string | Uint8Array | Float32Array;

/** A message of Protocol Buffers: fields by their numbers, each with one content or several. */
function message(fields: Readonly<Record<number, Content | readonly Content[]>>): Buffer {
  const parts = Object.entries(fields).flatMap(([number, given]) =>
    (Array.isArray(given) ? given : [given as Content]).map((one) => field(Number(number), one)),
  );
  return Buffer.concat(parts);
}

function field(number: number, content: Content): Buffer {
  if (typeof content === 'number') return Buffer.concat([varint(number << 3), varint(content)]);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content instanceof Float32Array ? Buffer.from(content.buffer) : Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

const types = { float32: 1, int64: 7, string: 8, float64: 11 } as const;

function tensorType(type: keyof typeof types, ...shape: (number | string)[]): Buffer {
  const dimensions = shape.map((size) => message(typeof size === 'number' ? { 1: size } : { 2: size }));
  return message({ 1: message({ 1: types[type], 2: message({ 1: dimensions }) }) });
}

/** A sequence of maps from classes to probabilities. */
const mapsType = message({ 4: message({ 1: message({ 5: message({ 1: types.int64, 2: tensorType('float32') }) }) }) });

const integers = (name: string, ...values: number[]): Buffer => message({ 1: name, 8: values, 20: 7 });
const integer = (name: string, value: number): Buffer => message({ 1: name, 3: value, 20: 2 });
const texts = (name: string, ...values: string[]): Buffer => message({ 1: name, 9: values, 20: 8 });
const node = (operation: string, from: readonly string[], to: string, attributes: readonly Buffer[] = [], domain = ''): Buffer =>
  message({ 1: from, 2: to, 4: operation, 5: attributes, 7: domain });

/** Names of the classes of {@link classifier}. */
export const classes = ['web', 'dns', 'other'] as const;

/** Weights of {@link classifier}: by feature, then by class. */
export const weights = [
  [1, 0, -1],
  [0, 2, -1],
] as const;

/**
 * An ONNX model of two features and three classes, written byte by byte: the outputs `label` (int64), `name` (text), `p` (probabilities) and, as ZipMap makes it, `map`.
 * @param type of the input, @param rows that it insists on; any number by default
 */
export function classifier(type: 'float32' | 'float64' = 'float32', rows: number | string = 'n'): Buffer {
  const ml = 'ai.onnx.ml';
  const cast = type === 'float32' ? [] : [node('Cast', ['X'], 'x32', [integer('to', types.float32)])];
  const graph = message({
    1: [
      ...cast,
      node('MatMul', [type === 'float32' ? 'X' : 'x32', 'W'], 'scores'),
      node('Softmax', ['scores'], 'p', [integer('axis', 1)]),
      node('ArgMax', ['scores'], 'label', [integer('axis', 1), integer('keepdims', 0)]),
      node('LabelEncoder', ['label'], 'name', [integers('keys_int64s', 0, 1, 2), texts('values_strings', ...classes)], ml),
      node('ZipMap', ['p'], 'map', [integers('classlabels_int64s', 0, 1, 2)], ml),
    ],
    2: 'classifier',
    5: message({ 1: [2, 3], 2: types.float32, 4: Float32Array.from(weights.flat()), 8: 'W' }),
    11: message({ 1: 'X', 2: tensorType(type, rows, 2) }),
    12: [
      message({ 1: 'label', 2: tensorType('int64', rows) }),
      message({ 1: 'name', 2: tensorType('string', rows) }),
      message({ 1: 'p', 2: tensorType('float32', rows, 3) }),
      message({ 1: 'map', 2: mapsType }),
    ],
  });
  return message({ 1: 8, 7: graph, 8: [message({ 1: '', 2: 13 }), message({ 1: ml, 2: 2 })] });
}
