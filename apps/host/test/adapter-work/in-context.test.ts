import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { inContext } from '../../src/adapter-work/in-context.ts';
import { createEgress } from '../../src/egress/create-egress.ts';
import type { Egress } from '../../src/egress/egress.ts';
import type { ExchangeLog } from '../../src/exchanges/exchange-log.ts';
import { silentLogger } from '../../src/logger.ts';
import { noExchanges } from '../support/no-exchanges.ts';

let vendor: LoopbackServer;
let egress: Egress;
beforeEach(async () => {
  vendor = await startLoopbackServer((_, response) => void response.writeHead(500).end());
  egress = createEgress({ allow: ['127.0.0.0/8'] });
});
afterEach(async () => {
  await egress.close();
  await vendor.close();
});

it('an exchange is recorded with its subject even if the adapter work around it fails', async () => {
  const told: unknown[] = [];
  const exchanges: ExchangeLog = {
    ...noExchanges,
    begin: (about) => ({
      record: ({ status }) => told.push(['recorded', about?.(), status]),
      settle: () => told.push(['settled']),
    }),
  };
  const connection = {
    name: 'dialer',
    secretValues: [],
    limits: { requestsPerSecond: 10, concurrency: 1, timeoutMs: 5000 },
  };
  const about = { callId: 'c-1' };
  const work = inContext(
    { egress, exchanges, logger: silentLogger, now: () => new Date() },
    {
      tenant: { id: '1042', timeZone: 'America/Sao_Paulo' },
      connection,
      feature: 'answeredCall',
      personal: [],
      signal: new AbortController().signal,
      about: () => about,
      onExchange: ({ status }) => told.push(['told', status]),
    },
    async (context) => {
      await (await context.fetch(vendor.url)).text();
      throw new Error('the adapter makes nothing of it');
    },
  );
  await expect(work).rejects.toThrow('the adapter makes nothing of it');
  expect(told).toEqual([['recorded', about, 500], ['told', 500], ['settled']]);
});
