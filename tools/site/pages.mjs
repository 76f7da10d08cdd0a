import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, normalize, relative } from 'node:path';

// The pages of the site as they stand in the tree, so that links between them are those that a reader of the tree follows. What they link to besides becomes a
// page that shows it.

/** Pages of the tree, besides those of docs/. */
const others = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  'fixtures/README.md',
  'examples/ml/README.md',
  'examples/notebooks/README.md',
  'integrations/spark/README.md',
];

const languages = { '.ts': 'ts', '.mjs': 'js', '.py': 'python', '.toml': 'toml', '.service': 'ini', '.csv': 'csv' };

/** Writes the pages of the tree at `root` into the folder `out`. */
export function writePages(root, out) {
  const tracked = (...paths) =>
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...paths], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n');
  const pages = new Set([...others, ...tracked('docs/*.md', 'docs/**/*.md')]);
  const shown = new Set();
  const read = (path) => readFileSync(join(root, path), 'utf8');

  /** Where a link of a page leads to on the site, if it is another place. */
  const target = (page, link) => {
    const path = normalize(join(dirname(page), link));
    if (path.endsWith('.png')) return cpSync(join(root, path), join(out, path), { recursive: true });
    if (pages.has(path)) return asIndex(link);
    if (!existsSync(join(root, path))) throw new Error(`${page} links to ${link}, which is not there.`);
    if (pages.has(join(path, 'README.md'))) return `${link.replace(/\/$/, '')}/index.md`;
    shown.add(path);
    return statSync(join(root, path)).isDirectory() ? `${link.replace(/\/$/, '')}/index.md` : `${link}.md`;
  };

  const write = (path, text) => {
    mkdirSync(join(out, dirname(path)), { recursive: true });
    writeFileSync(join(out, path), text);
  };
  const linked = (page, markdown) =>
    outsideOfCode(markdown, (text) =>
      text.replace(/\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (whole, link, hash = '') => {
        const moved = target(page, link);
        return moved === undefined ? whole : `](${moved}${hash})`;
      }),
    );
  for (const page of pages) write(asIndex(page), linked(page, read(page)));
  for (const path of shown) {
    if (!statSync(join(root, path)).isDirectory()) {
      write(`${path}.md`, path.endsWith('.ipynb') ? linked(path, notebook(read(path))) : page(basename(path), read(path), languages[extname(path)]));
      continue;
    }
    const files = tracked(`${path}`).filter((file) => dirname(file) === normalize(path) && extname(file) in languages);
    for (const file of files) write(`${file}.md`, page(basename(file), read(file), languages[extname(file)]));
    write(`${path}/index.md`, `# ${path}\n\n${files.map((file) => `- [${basename(file)}](${relative(path, file)}.md)`).join('\n')}\n`);
  }
}

/** What is README.md in the tree is the page of its folder. */
function asIndex(path) {
  return path.replace(/(^|\/)README\.md$/, '$1index.md');
}

function page(title, text, language = '') {
  return `# ${title}\n\n\`\`\`\`${language}\n${text}\n\`\`\`\`\n`;
}

/** The cells of a notebook. */
function notebook(text) {
  return JSON.parse(text)
    .cells.map(({ cell_type, source }) => (cell_type === 'markdown' ? source.join('') : `\`\`\`python\n${source.join('')}\n\`\`\``))
    .join('\n\n');
}

/** Changes what stands outside of blocks of code. */
function outsideOfCode(text, change) {
  return text
    .split(/(^```[^]*?^```$)/m)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('');
}

/** The sidebar: what docs/README.md lists, under its headings. */
export function sidebar(root) {
  const groups = [];
  for (const line of readFileSync(join(root, 'docs/README.md'), 'utf8').split('\n')) {
    if (/^\S[^[]*:$/.test(line)) groups.push({ text: line.slice(0, -1), collapsed: false, items: [] });
    if (!/^(- | {2})/.test(line)) continue;
    for (const [, link] of line.matchAll(/\]\(([^)#:]+\.md)\)/g)) {
      if (groups.length === 0) groups.push({ text: 'Start', items: [] });
      const path = normalize(join('docs', link));
      groups.at(-1).items.push({ text: titleOf(join(root, path)), link: `/${asIndex(path)}` });
    }
  }
  return groups;
}

function titleOf(path) {
  return /^# (.*)$/m.exec(readFileSync(path, 'utf8'))[1].replaceAll('`', '');
}
