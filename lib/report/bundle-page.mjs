// Makes the program and the style of a page from lib/report/page, each one text without anything that it would have to fetch.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pages = { report: ['main.ts', 'page.css'], dashboard: ['dashboard/main.ts', 'dashboard/dashboard.css'] };

/** The names of the pages. */
export const pageNames = Object.keys(pages);

/**
 * @param {string} name
 * @returns {Promise<{ script: string, style: string }>}
 */
export async function bundlePage(name) {
  const { outputFiles } = await build({
    entryPoints: pages[name].map((path) => fileURLToPath(new URL(`page/${path}`, import.meta.url))),
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
