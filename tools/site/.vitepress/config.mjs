import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { sidebar } from '../pages.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export default defineConfig({
  title: 'nfstream',
  description: 'Packets in, labelled bidirectional flows out.',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: 'pages',
  outDir: `${root}build/site`,
  base: process.env.NFSTREAM_SITE_BASE ?? '/',
  markdown: {
    html: false, // what looks like HTML in a page is text
    anchor: { slugify },
    config: (md) => {
      md.renderer.rules.text = (tokens, index) => verbatim(md.utils.escapeHtml(tokens[index].content));
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/docs/' },
      { text: 'Columns', link: '/docs/fields' },
      { text: 'Options', link: '/docs/options' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: sidebar(root),
  },
});

/** Braces that Vue would take for an expression. */
function verbatim(text) {
  return text.replaceAll('{{', '&#123;&#123;');
}

/** The name of a heading in links, as GitHub gives it. */
function slugify(text) {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
