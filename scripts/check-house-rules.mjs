// The rules of the house that no other tool checks. Each message names the place and the mend.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const root = fileURLToPath(new URL('../', import.meta.url));
const problems = [];

/** The path of a file below the root, with "/" on every system. */
const placeOf = (path) => relative(root, path).replaceAll('\\', '/');

const skipped = new Set(['node_modules', 'dist', 'data', '.git', '.turbo', 'coverage']);
function* filesUnder(folder) {
  for (const name of readdirSync(folder)) {
    if (skipped.has(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

const packages = ['packages', 'adapters', 'apps'].flatMap((kind) =>
  readdirSync(join(root, kind)).map((name) => join(root, kind, name)),
);
for (const folder of packages) {
  const place = placeOf(folder);
  if (!existsSync(join(folder, 'README.md')))
    problems.push(
      `${place}: has no README.md; say what it is, how to install, use and configure it`,
    );
}

// docs/decisions/0015-one-version.md
const { fixed } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8'));
for (const folder of packages) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.private) continue;
  const place = `${placeOf(folder)}/package.json`;
  if (!fixed.flat().some((pattern) => matchesGlob(manifest.name, pattern)))
    problems.push(
      `${place}: would be released by itself; add its name to "fixed" in .changeset/config.json`,
    );
  if (!folder.startsWith(join(root, 'apps'))) continue;
  for (const [name, range] of Object.entries(manifest.dependencies))
    if (range.startsWith('workspace:') && range !== 'workspace:*')
      problems.push(
        `${place}: would take other versions of ${name} than it was tested with; write "workspace:*"`,
      );
}

// A clone with such a file name, or with two names that differ in case alone, cannot be checked out on Windows.
const unwritable = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|[<>:"|?*\\]|[. ]$/i;
const namedAlike = new Map();
for (const file of filesUnder(root)) {
  const place = placeOf(file);
  const twin = namedAlike.get(place.toLowerCase());
  namedAlike.set(place.toLowerCase(), place);
  if (place.split('/').some((name) => unwritable.test(name)))
    problems.push(`${place}: Windows has no file of this name; give it another one`);
  if (twin !== undefined)
    problems.push(
      `${place}: is the same file as ${twin} on systems that ignore upper and lower case; give it another name`,
    );
}

// Editors read all of these declarations, and show inferred types where a name should stand. Packages that are not built are left out.
const mostDeclared = 60_000;
for (const folder of packages.filter((path) => existsSync(join(path, 'dist'))))
  for (const file of filesUnder(join(folder, 'dist'))) {
    const { size } = statSync(file);
    if (file.endsWith('.d.ts') && size > mostDeclared)
      problems.push(
        `${placeOf(file)}: has ${size} bytes of inferred types; give the parts of its schemas names (packages/core/src/template/named-schema.ts)`,
      );
  }

const sources = packages
  .filter((folder) => existsSync(join(folder, 'src')))
  .flatMap((folder) => [...filesUnder(join(folder, 'src'))]);
for (const file of sources.filter((name) => /\.tsx?$/.test(name))) {
  const place = placeOf(file);
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length;
  if (lines > 500) problems.push(`${place}: has ${lines} lines; a file holds one idea, split it`);
  // Core and host name no vendor: what belongs to a vendor stays in its own folder.
  if (
    /^(?:packages\/core|apps\/host)\//.test(place) &&
    place !== 'apps/host/src/adapters.ts' &&
    /\b(?:asterisk|3cx|vicidial|totalvoice|ucontact|zenvia|3c ?plus)\b/i.test(
      text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
    )
  ) {
    problems.push(`${place}: names a vendor; what belongs to a vendor lives in its adapter`);
  }
  const imported = [...text.matchAll(/from '(@finaz-telephony\/adapter-[^']+)'/g)];
  if (
    imported.length > 0 &&
    place.startsWith('apps/host/') &&
    place !== 'apps/host/src/adapters.ts'
  ) {
    problems.push(
      `${place}: imports ${imported[0][1]}; only apps/host/src/adapters.ts names adapters`,
    );
  }
}

const pages = [...filesUnder(root)].filter((name) => name.endsWith('.md'));
const words = (page) => readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, '');
/** The anchors of a page's headings, as GitHub names them. */
const anchorsOf = (page) =>
  readFileSync(page, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .match(/^#+ .*$/gm)
    ?.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ) ?? [];
for (const page of pages) {
  for (const [, to] of words(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(to)) continue;
    const [path, anchor] = to.split('#');
    const target = path === '' ? page : join(page, '..', path);
    if (!existsSync(target)) problems.push(`${placeOf(page)}: links to ${to}, which is not there`);
    else if (anchor !== undefined && !anchorsOf(target).includes(anchor))
      problems.push(`${placeOf(page)}: links to ${to}, a heading that is not there`);
  }
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
