import type { AdapterContext, Finding } from '@finaz-telephony/core';
import { afterEach, expect, it, vi } from 'vitest';
import { diagnoseConnection } from '../../src/trials/diagnose-connection.ts';
import { createEgress } from '../../src/egress/create-egress.ts';
import { silentLogger } from '../../src/logger.ts';
import { noExchanges } from '../support/no-exchanges.ts';

const egress = createEgress({ allow: ['127.0.0.0/8'] });
afterEach(async () => {
  vi.useRealTimers();
  await egress.close();
});

/** The findings of an adapter as they are shown. */
async function shown(
  diagnose: (context: AdapterContext) => AsyncIterable<Finding>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const diagnosed = diagnoseConnection(
    { egress, exchanges: noExchanges, logger: silentLogger, now: () => new Date() },
    { id: '1042', timeZone: 'America/Sao_Paulo' },
    {
      name: 'dialer',
      limits: { requestsPerSecond: 10, concurrency: 1, timeoutMs: 5000 },
      secretValues: ['a-secret-of-the-document'],
      adapter: { features: {}, diagnose },
    },
  );
  for await (const finding of diagnosed) findings.push(finding);
  return findings;
}

it('a finding shows neither a secret of the document nor a token that the adapter has got meanwhile', async () => {
  const findings = await shown(async function* (context) {
    context.conceal?.('token-of-a-login');
    yield {
      check: 'login',
      state: 'broken',
      message: 'a-secret-of-the-document gave token-of-a-login',
      mend: 'Send token-of-a-login.',
    };
  });
  expect(findings).toEqual([
    { check: 'login', state: 'broken', message: '*** gave ***', mend: 'Send ***.' },
  ]);
});

it('a diagnosis ends, and is reported as broken, if the adapter has been stuck for minutes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const isStuck = Promise.withResolvers<void>();
  const findings = shown(async function* () {
    yield { check: 'first', state: 'ok', message: 'is well' };
    isStuck.resolve();
    await new Promise<never>(() => undefined);
  });
  await isStuck.promise;
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(await findings).toMatchObject([
    { check: 'first' },
    { check: 'diagnosis', state: 'broken', message: expect.stringMatching(/did not end/) },
  ]);
});
