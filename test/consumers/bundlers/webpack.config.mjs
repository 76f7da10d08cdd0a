export default {
  mode: 'production',
  target: 'node20',
  entry: './program.mjs',
  experiments: { outputModule: true },
  output: { path: `${import.meta.dirname}/built`, filename: 'webpack.mjs', module: true },
  externals: { nfstream: 'module nfstream' },
};
