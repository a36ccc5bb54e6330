import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isOfAdapter } from '../src/stray-failure.ts';

const folders = ['/srv/João da Silva/node_modules/acme-adapter/', '/srv/100% [beta]/'];
const ofEsModule = (file: string) => pathToFileURL(file).href;
const ofCommonJs = (file: string) => file;

/** An error with a stack as Node.js writes it: the place in an ES module is a URL, in which a blank is "%20". */
function thrownAt(place: string): Error {
  const error = new TypeError('no debtor');
  error.stack = `TypeError: no debtor\n    at place (${place}:7:12)\n    at node:internal/timers:1:1`;
  return error;
}

it.each([
  ['an ES module', ofEsModule],
  ['CommonJS', ofCommonJs],
])(
  'a failure is attributed to an adapter by the file that threw it, whatever the name of the folder: %s',
  (_, place) => {
    for (const folder of folders)
      expect(isOfAdapter(thrownAt(place(`${folder}index.js`)), folders)).toBe(true);
    expect(isOfAdapter(thrownAt(place('/srv/other/index.js')), folders)).toBe(false);
  },
);
