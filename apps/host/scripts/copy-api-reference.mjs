import { copyFileSync } from 'node:fs';

copyFileSync(
  new URL('../node_modules/@scalar/api-reference/dist/browser/standalone.js', import.meta.url),
  new URL('../dist/api-reference.js', import.meta.url),
);
