import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

/** Layers from the top down: a folder or a file, and the layers below it that it imports. Whoever adds an arrow adds it here, where it is seen. */
type Layers = Record<string, readonly string[]>;

/** lib/: cli -> streamer -> (capture, aggregate, stages, encode, files, read) -> flows -> schema -> what everybody uses. */
const lib: Layers = {
  'report/page': ['report/gather', 'text'],
  'index.ts': [
    'table.ts',
    'streamer.ts',
    'progress.ts',
    'where',
    'report',
    'anonymize',
    'sql',
    'predict',
    'stitch',
    'enrich',
    'label',
    'read',
    'packets',
    'files',
    'encode',
    'aggregate',
    'plugins',
    'live',
    'capture',
    'flows',
    'schema',
    'stage',
    'formats.ts',
    'errors.ts',
  ],
  'table.ts': ['streamer.ts', 'open-flows.ts', 'encode', 'flows', 'arguments.ts', 'errors.ts', 'is-record.ts'],
  'streamer.ts': [
    'progress.ts',
    'where',
    'anonymize',
    'predict',
    'enrich',
    'label',
    'packets',
    'files',
    'encode',
    'aggregate',
    'plugins',
    'live',
    'capture',
    'flows',
    'options.ts',
    'formats.ts',
    'arguments.ts',
    'option-stages.ts',
    'errors.ts',
  ],
  cli: [
    'where',
    'report',
    'report/gather',
    'anonymize',
    'sql',
    'open-flows.ts',
    'predict',
    'stitch',
    'check',
    'enrich',
    'peer.ts',
    'label',
    'read',
    'packets',
    'files',
    'encode',
    'load-arrow.ts',
    'aggregate',
    'live',
    'capture',
    'native.ts',
    'flows',
    'options.ts',
    'schema',
    'stage',
    'formats.ts',
    'option-stages.ts',
    'text',
    'native-files.ts',
    'errors.ts',
    'is-record.ts',
    'root.ts',
  ],
  'progress.ts': ['errors.ts'],
  where: ['flows', 'options.ts', 'schema', 'stage', 'expressions', 'text', 'errors.ts', 'is-record.ts'],
  report: ['report/gather', 'files', 'encode', 'flows', 'options.ts', 'schema', 'stage', 'arguments.ts', 'text', 'errors.ts', 'root.ts'],
  'report/gather': ['text'],
  anonymize: ['flows', 'options.ts', 'schema', 'stage', 'text', 'errors.ts', 'is-record.ts', 'recent-map.ts'],
  sql: ['open-flows.ts', 'peer.ts', 'flows', 'schema', 'stage', 'arguments.ts', 'errors.ts', 'is-record.ts'],
  'open-flows.ts': ['read', 'aggregate', 'live', 'capture', 'flows', 'arguments.ts', 'errors.ts'],
  predict: ['peer.ts', 'open-error.ts', 'flows', 'options.ts', 'schema', 'stage', 'text', 'errors.ts', 'is-record.ts'],
  stitch: ['native.ts', 'flows', 'options.ts', 'schema', 'stage', 'errors.ts'],
  check: ['aggregate', 'capture', 'native.ts', 'flows', 'text', 'errors.ts'],
  enrich: ['peer.ts', 'open-error.ts', 'flows', 'options.ts', 'schema', 'stage', 'errors.ts', 'is-record.ts'],
  'peer.ts': ['errors.ts'],
  label: ['read', 'open-error.ts', 'flows', 'options.ts', 'schema', 'stage', 'arguments.ts', 'text', 'errors.ts', 'is-record.ts'],
  read: [
    'load-arrow.ts',
    'byte-writer.ts',
    'module-thread.ts',
    'open-error.ts',
    'native.ts',
    'flows',
    'options.ts',
    'schema',
    'stage',
    'formats.ts',
    'arguments.ts',
    'option-stages.ts',
    'text',
    'errors.ts',
    'is-record.ts',
    'thread-loaded.ts',
  ],
  packets: [
    'files',
    'aggregate',
    'plugins',
    'capture',
    'open-error.ts',
    'flows',
    'options.ts',
    'schema',
    'arguments.ts',
    'option-stages.ts',
    'text',
    'errors.ts',
  ],
  files: ['encode', 'capture-name.ts', 'flows', 'options.ts', 'schema', 'stage', 'formats.ts', 'arguments.ts', 'text', 'errors.ts'],
  encode: [
    'load-arrow.ts',
    'byte-writer.ts',
    'module-thread.ts',
    'native.ts',
    'flows',
    'options.ts',
    'schema',
    'stage',
    'formats.ts',
    'errors.ts',
    'is-record.ts',
    'package-arrow.ts',
    'thread-loaded.ts',
  ],
  'load-arrow.ts': ['root.ts', 'own-arrow.ts'],
  'byte-writer.ts': [],
  aggregate: [
    'plugins',
    'module-thread.ts',
    'live',
    'capture',
    'native.ts',
    'flows',
    'options.ts',
    'schema',
    'stage',
    'metrics',
    'arguments.ts',
    'text',
    'native-files.ts',
    'errors.ts',
    'is-record.ts',
    'thread-loaded.ts',
  ],
  plugins: ['capture', 'flows', 'schema', 'stage', 'text', 'errors.ts', 'is-record.ts', 'recent-map.ts'],
  'module-thread.ts': ['root.ts', 'thread-loaded.ts'],
  live: ['capture', 'open-error.ts', 'native.ts', 'options.ts', 'stage', 'arguments.ts', 'text', 'errors.ts'],
  capture: ['capture-name.ts', 'open-error.ts', 'native.ts', 'options.ts', 'schema', 'stage', 'arguments.ts', 'option-stages.ts', 'text', 'errors.ts'],
  'capture-name.ts': [],
  'open-error.ts': ['text', 'errors.ts'],
  'native.ts': ['native-files.ts', 'errors.ts'],
  flows: ['options.ts', 'schema', 'stage', 'arguments.ts', 'errors.ts', 'is-record.ts'],
  'options.ts': ['schema', 'metrics', 'formats.ts', 'expressions', 'arguments.ts', 'option-stages.ts', 'text', 'errors.ts', 'is-record.ts'],
  schema: ['stage', 'arguments.ts', 'text', 'errors.ts', 'is-record.ts'],
  stage: ['errors.ts'],
  metrics: ['expressions', 'text', 'errors.ts', 'is-record.ts'],
  'formats.ts': [],
  expressions: ['errors.ts'],
  'arguments.ts': ['errors.ts', 'is-record.ts'],
  'option-stages.ts': [],
  text: [],
  'native-files.ts': ['errors.ts', 'root.ts'],
  'errors.ts': ['is-record.ts'],
  'is-record.ts': [],
  'root.ts': [],
  'recent-map.ts': [],
  'own-arrow.ts': [],
  'package-arrow.ts': [],
  'thread-loaded.ts': [],
};

/** native/: the binding above the engine; in it the meter above what it keeps, fills and dissects, and packets at the bottom. */
const native: Layers = {
  'engine/dissect/ndpi': ['engine/dissect', 'engine/digest', 'engine/pages.h'],
  binding: [
    'engine/meter',
    'engine/compress',
    'engine/columns',
    'engine/metrics',
    'engine/live',
    'engine/capture',
    'engine/decode',
    'engine/dissect',
    'engine/packet.h',
    'engine/clocks.h',
    'engine/rows',
  ],
  'engine/meter': [
    'engine/process',
    'engine/columns',
    'engine/time_unit.h',
    'engine/metrics',
    'engine/decode',
    'engine/track',
    'engine/tls',
    'engine/table',
    'engine/dissect',
    'engine/packet.h',
    'engine/prefetch.h',
  ],
  'engine/process': ['engine/text'],
  'engine/compress': [],
  'engine/columns': ['engine/time_unit.h', 'engine/metrics', 'engine/track', 'engine/digest', 'engine/table', 'engine/dissect'],
  'engine/time_unit.h': [],
  'engine/metrics': ['engine/track', 'engine/packet.h'],
  'engine/live': ['engine/capture', 'engine/decode', 'engine/clocks.h'],
  'engine/capture': ['engine/decode', 'engine/packet.h', 'engine/clocks.h'],
  'engine/decode': ['engine/track', 'engine/table', 'engine/packet.h'],
  'engine/track': ['engine/ssh', 'engine/tls', 'engine/digest', 'engine/table', 'engine/packet.h'],
  'engine/ssh': ['engine/tls', 'engine/digest'],
  'engine/tls': ['engine/digest'],
  'engine/digest': [],
  'engine/table': ['engine/dissect', 'engine/packet.h', 'engine/pages.h', 'engine/prefetch.h'],
  'engine/dissect': ['engine/text'],
  'engine/text': [],
  'engine/packet.h': [],
  'engine/clocks.h': [],
  'engine/rows': [],
  'engine/pages.h': [],
  'engine/prefetch.h': [],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const longest = 400;
const fullest = 24;

/** Files of ours that are text to read, tracked or new, from the top of the tree. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  .trim()
  .split('\n')
  .filter((file) => /\.(ts|mjs|cc|h|sh|py)$/.test(file) && existsSync(join(root, file)));

/** What a file imports or includes of ours, from the top of the tree. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  if (extname(file) === '.ts') {
    const paths = [...text.matchAll(/(?:\bfrom|\bimport\(|^import) ?'(\.[^']+)'/gm)].map((match) => normalize(join(dirname(file), match[1]!)));
    return paths.map((path) => path.replace(/\.js$/, '.ts')).filter((path) => existsSync(join(root, path)));
  }
  const paths = [...text.matchAll(/^#include "([^"]+)"/gm)].map((match) => match[1]!);
  return paths.flatMap((path) => [`native/${path}`, join(dirname(file), path)].filter((each) => existsSync(join(root, each))));
}

/** The layer of a file: the one whose name is the longest that the file's path begins with. */
function layerOf(layers: Layers, path: string): string | undefined {
  const names = Object.keys(layers).filter((name) => path === name || path.startsWith(`${name}/`));
  return names.sort((one, other) => other.length - one.length)[0];
}

/** Circles among these files: the sets of files that reach each other, by Tarjan's algorithm. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[] = [];
  function visit(file: string): void {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle.sort().join(' '));
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found.sort();
}

for (const [folder, layers] of [
  ['lib', lib],
  ['native', native],
] as const) {
  describe(`the architecture of ${folder}/`, () => {
    const ours = files.filter((file) => file.startsWith(`${folder}/`) && /\.(ts|cc|h)$/.test(file));
    const order = Object.keys(layers);
    const inside = (file: string): string => file.slice(folder.length + 1);
    const graph = new Map(ours.map((file) => [file, importsOf(file)]));

    it('has a layer for every file, and files in every layer', () => {
      expect(ours.filter((file) => layerOf(layers, inside(file)) === undefined)).to.deep.equal([]);
      expect([...new Set(ours.map((file) => layerOf(layers, inside(file))!))].sort()).to.deep.equal([...order].sort());
    });

    it('draws its arrows downwards', () => {
      const upwards = order.flatMap((layer, at) => layers[layer]!.filter((below) => order.indexOf(below) <= at).map((below) => `${layer} -> ${below}`));
      expect(upwards).to.deep.equal([]);
    });

    it('imports what its table of layers says, and nothing else', () => {
      const drawn = new Set<string>();
      const broken = new Map<string, string>();
      for (const [file, targets] of graph) {
        const from = layerOf(layers, inside(file))!;
        for (const target of targets) {
          const to = target.startsWith(`${folder}/`) ? layerOf(layers, inside(target)) : undefined;
          if (to === from) continue;
          drawn.add(`${from} -> ${to}`);
          if (to === undefined || !layers[from]!.includes(to)) broken.set(`${folder}: ${from} -> ${to}`, `${file} imports ${target}`);
        }
      }
      const why = [...broken].map(([arrow, where]) => `${arrow}, as ${where}`).join('; ');
      expect([...broken.keys()].sort(), why).to.deep.equal([]);
      const told = order.flatMap((layer) => layers[layer]!.map((below) => `${layer} -> ${below}`));
      expect(
        told.filter((arrow) => !drawn.has(arrow)),
        'arrows of the table that nothing draws',
      ).to.deep.equal([]);
    });

    it('has no circle of files', () => {
      expect(circles(graph)).to.deep.equal([]);
    });
  });
}

describe('folders and files', () => {
  it(`have no more than ${fullest} files, a header and its source counted once`, () => {
    const names = new Map<string, Set<string>>();
    for (const file of files) {
      const stem = basename(file).replace(/\.(cc|h)$/, '');
      names.set(dirname(file), (names.get(dirname(file)) ?? new Set()).add(stem));
    }
    expect([...names].filter(([, { size }]) => size > fullest).map(([folder]) => folder)).to.deep.equal([]);
  });

  it(`have no more than ${longest} lines`, () => {
    expect(files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length - 1 > longest)).to.deep.equal([]);
  });

  it('ask for the path of a file URL by fileURLToPath(): its pathname is another one in a folder with a space in its name', () => {
    const pathname = /\bnew URL\([^\n]*\.pathname\b/;
    expect(files.filter((file) => file.endsWith('.ts') && pathname.test(readFileSync(join(root, file), 'utf8')))).to.deep.equal([]);
  });
});
