import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { createLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { createHostPlace } from '../support/host-place.ts';

const connections = { dialer: { adapter: 'generic-http', settings: { answeredCall: {} } } };
const told = { answeredCall: 'dialer' };
const documents = [
  { id: 'closed', name: 'A', connections, features: told },
  { id: 'open', name: 'B', connections, features: told, inbound: { allowFrom: ['192.0.2.1'] } },
  { id: 'off', name: 'C', connections },
];

it('every start warns of each company that uses answeredCall but lets no network send events', async () => {
  const place = await createHostPlace();
  const folder = await mkdtemp(join(tmpdir(), 'finaz-tenants-'));
  onTestFinished(async () => {
    await place.remove();
    await rm(folder, { recursive: true });
  });
  for (const document of documents)
    await writeFile(join(folder, `${document.id}.json`), JSON.stringify(document));

  const warnedAtStart = async (variables: Readonly<Record<string, string>>) => {
    const logged: string[] = [];
    const logger = createLogger('warn', { write: (line) => void logged.push(line) });
    const common = { PORT: '0', DRAIN_SECONDS: '0', ...place.variables };
    const host = await serve(readEnvironment({ ...common, ...variables }), logger);
    await host.stop();
    return logged;
  };

  for (const variables of [{ TENANTS: folder }, {}]) {
    const warned = await warnedAtStart(variables);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('"tenant":"closed","msg":"inbound.allowFrom is empty');
  }
});
