// Makes the program and the style of the report's page from lib/report/page, each one text without anything that it would have to fetch.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @returns {Promise<{ script: string, style: string }>} */
export async function bundlePage() {
  const { outputFiles } = await build({
    entryPoints: ['page/main.ts', 'page/page.css'].map((path) => fileURLToPath(new URL(path, import.meta.url))),
    bundle: true,
    minify: true,
    write: false,
    outdir: 'page',
    format: 'iife',
    target: ['chrome103', 'firefox113', 'safari16.4'],
    charset: 'utf8',
    legalComments: 'none',
    tsconfig: fileURLToPath(new URL('page/tsconfig.json', import.meta.url)),
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const [script, style] = ['.js', '.css'].map((ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text.trim());
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error('The page has a text that would end its own script or style.');
  return { script, style };
}
