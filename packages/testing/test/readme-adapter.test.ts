import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { conformanceTests, startConformanceVendor } from '../src/conformance/index.ts';
import acme from './support/readme-adapter.ts';

it('the README of core shows exactly this adapter', () => {
  const readme = readFileSync(new URL('../../core/README.md', import.meta.url), 'utf8');
  const adapter = readFileSync(new URL('support/readme-adapter.ts', import.meta.url), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${adapter}\`\`\``);
});

// As the README of this package shows it: the two READMEs are the only example that comes with the two packages.
conformanceTests({
  definition: acme,
  startVendor: startConformanceVendor,
  settings: (url) => ({ baseUrl: url, token: 'vendor-token' }),
  settingsWithWrongCredentials: (url) => ({ baseUrl: url, token: 'wrong' }),
});
