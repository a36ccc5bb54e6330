import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isOfAdapter } from '../src/stray-failure.ts';

const folders = ['/srv/João da Silva/node_modules/acme-adapter/', '/srv/100% [beta]/'];
const ofEsModule = (file: string) => pathToFileURL(file).href;
const ofCommonJs = (file: string) => file;

/** As Node.js writes it: an ES module by its address, in which a blank is "%20". */
function thrownAt(place: string): Error {
  const error = new TypeError('no debtor');
  error.stack = `TypeError: no debtor\n    at place (${place}:7:12)\n    at node:internal/timers:1:1`;
  return error;
}

it.each([
  ['an ES module', ofEsModule],
  ['CommonJS', ofCommonJs],
])(
  'an adapter is known by the place of its code, whatever its folder is called: %s',
  (_, place) => {
    for (const folder of folders)
      expect(isOfAdapter(thrownAt(place(`${folder}index.js`)), folders)).toBe(true);
    expect(isOfAdapter(thrownAt(place('/srv/other/index.js')), folders)).toBe(false);
  },
);
