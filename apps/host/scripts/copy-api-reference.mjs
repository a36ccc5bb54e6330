import { readFileSync, writeFileSync } from 'node:fs';

const from = new URL('../node_modules/@scalar/api-reference/', import.meta.url);
const { name, version, license, author, homepage } = JSON.parse(
  readFileSync(new URL('package.json', from), 'utf8'),
);
// Its licence asks that whoever hands it on says whose it is, and the file itself does not.
writeFileSync(
  new URL('../dist/api-reference.js', import.meta.url),
  `/*! ${name} ${version} | ${license} | ${author} | ${homepage} */\n${readFileSync(new URL('dist/browser/standalone.js', from), 'utf8')}`,
);
