// What the contexts of server/finaz.conf do by themselves, on a real Asterisk.
import { createTestContext } from '@finaz-telephony/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { transfers, underWay, waiting } from '../../src/families.ts';
import asterisk from '../../src/index.ts';
import { ari, connect, hangUp, pbxConsole, settings } from './real-asterisk.ts';

const { features } = asterisk.create({ ...settings, transferSeconds: 4 });
const context = createTestContext();
const inDatabase = (family: string) => pbxConsole(`database show ${family}`);

/** The operator 1001 hands over whom 1001 talks to. */
const handOver = (destination: string) =>
  features.transfer?.(
    {
      queue: '100',
      extension: '1001',
      destination,
      callId: null,
      parameters: {},
      attemptId: 'handed-over',
    },
    context,
  );

afterEach(async () => {
  await ari('DELETE', '/channels/discador-100');
  for (const phone of ['1001', '1003', '1005', 'tronco']) await hangUp(phone);
  pbxConsole('database deltree finaz');
});

describe('the dialer', () => {
  it('gives back what it had taken and not dialed when it is stopped', async () => {
    for (const key of ['7001', '7002', '7003'])
      pbxConsole(`database put ${waiting('100')} ${key} "${key}|11999990010|||0"`);
    await ari('POST', '/channels', {
      endpoint: 'Local/100@finaz-discador/n',
      context: 'finaz-discador',
      extension: 'espera',
      priority: 1,
      channelId: 'discador-100',
    });
    await vi.waitFor(() => expect(inDatabase(underWay('100'))).toContain('3 results found'), 5000);
    await ari('DELETE', '/channels/discador-100');
    await vi.waitFor(() => expect(inDatabase(waiting('100'))).toContain('3 results found'), 5000);
    expect(inDatabase(underWay('100'))).not.toContain('7001');
  });
});

describe('a transfer', () => {
  it.each([
    ['a number', '11988880020'],
    ['an extension', '1003'],
    ['a queue', '200'],
  ])('to %s is told as abandoned when the customer hangs up meanwhile', async (_, destination) => {
    await connect('1001', '11999990081', 'left-1');
    const told = handOver(destination);
    await vi.waitFor(() => expect(inDatabase(transfers)).toMatch(/\|(?:CHAMANDO|FILA)/), 5000);
    await hangUp('tronco');
    expect(await told).toMatchObject({ outcome: 'abandoned', vendorStatus: 'CANCEL' });
  });

  it('keeps its outcome when the call is over', async () => {
    await connect('1001', '11999990081', 'kept-1');
    expect(await handOver('1005')).toMatchObject({ outcome: 'answered' });
    await hangUp('tronco');
    await vi.waitFor(() => expect(pbxConsole('core show channels')).toContain('0 active calls'), {
      timeout: 5000,
    });
    expect(inDatabase(`${transfers}/kept-1`)).toMatch(/: 1005\|\d+\|ANSWER/);
  });
});
