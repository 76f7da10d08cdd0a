// Packages of node_modules stay outside of what is built for a server; nothing is to be said.
export default {
  build: { ssr: 'program.mjs', outDir: 'built', emptyOutDir: false, rollupOptions: { output: { entryFileNames: 'vite.mjs' } } },
  logLevel: 'warn',
};
