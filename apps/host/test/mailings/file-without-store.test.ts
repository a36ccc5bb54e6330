import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, it, vi } from 'vitest';
import { pageSize } from '../../src/mailings/ledger/contact-pages.ts';
import { idsIn, startFileHost } from '../support/file-host.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';
import { wholeBody } from '../support/whole-body.ts';

const store = vi.hoisted(() => ({ failures: 0 }));
vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    read: async (...where) => {
      const [, , , after] = where;
      if (after > 0 && (store.failures -= 1) >= 0)
        throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      return ledger.read(...where);
    },
  }));
});

it('a file whose contacts cannot be read for a moment, since the store is away, waits for it and is sent whole', async () => {
  const files: string[][] = [];
  const system = await startLoopbackServer(async (request, response) => {
    const content = await wholeBody(request);
    if (request.method === 'DELETE') store.failures = 2;
    else if (content) files.push(idsIn(content.toString()));
    response.end('{}');
  });
  const host = await startFileHost(system.url, { timeout: 5 });
  try {
    const count = 12 * pageSize;
    const id = await sendMailing(host, contacts(count));
    expect(await until(host, id, isIn('active'))).toMatchObject({ sent: count });
    expect(files.map(({ length }) => length)).toEqual([count]);
    expect(store.failures).toBeLessThan(0);
  } finally {
    await host.stop();
    await system.close();
  }
});
