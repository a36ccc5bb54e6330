import { createTestContext } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import asterisk from '../src/index.ts';

const { followCall } = asterisk.create({
  baseUrl: 'http://pbx.example:8088',
  ari: { user: 'finaz', password: 'a-password' },
  ami: { user: 'finaz', password: 'a-password' },
  queues: [],
  technology: 'PJSIP',
  operatorChannel: undefined,
  callerId: undefined,
  ringSeconds: 20,
  transferSeconds: 6,
  answeringMachines: true,
  contexts: {
    click2call: 'finaz-click2call',
    transfer: 'finaz-transfere',
    transferToExtension: 'finaz-transfere-ramal',
    transferToQueue: 'finaz-transfere-fila',
    dialer: 'finaz-discador',
    callEnd: 'finaz-fim',
  },
});

const now = new Date('2026-11-20T15:00:00.000Z');
/** A moment by the clock of Asterisk, which is an hour behind. */
const there = (secondsAgo: number) => new Date(now.getTime() - 3_600_000 - secondsAgo * 1000);

/** Follows a call of ten minutes ago, at an Asterisk that has been running for this long. */
function follow(
  runsForSeconds: number,
  callId: string | null,
  result?: string,
): ReturnType<NonNullable<typeof followCall>> | undefined {
  const context = {
    ...createTestContext(),
    now: () => now,
    fetch: async (url: string | URL, init?: { readonly body?: unknown }) => {
      const headers = { date: there(0).toUTCString(), 'set-cookie': 'mansession_id="a1"' };
      const { pathname } = new URL(url);
      if (pathname.startsWith('/ari/channels'))
        return Response.json({ message: 'Channel not found' }, { status: 404, headers });
      if (pathname === '/ari/asterisk/info')
        return Response.json(
          { status: { startup_time: there(runsForSeconds).toISOString() } },
          { headers },
        );
      const isRead = typeof init?.body === 'string' && init.body.startsWith('Action=DBGet');
      const text = !isRead
        ? 'Response: Success\r\nMessage: ok\r\n\r\n'
        : result === undefined
          ? 'Response: Error\r\nMessage: Database entry not found\r\n\r\n'
          : `Response: Success\r\n\r\nEvent: DBGetResponse\r\nVal: ${result}\r\n\r\n`;
      return new Response(text, { headers });
    },
  };
  return followCall?.(
    { callId, attemptId: 'a-1', startedAt: new Date(now.getTime() - 600_000) },
    context,
  );
}

describe('a call that Asterisk knows nothing of', () => {
  it('was never placed if Asterisk has been running since before the request', async () => {
    expect(await follow(3600, null)).toBeUndefined();
  });

  it('is not reported as never placed if Asterisk was restarted since the request: it may have been placed before that', async () => {
    await expect(follow(300, null)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('has ended with an unknown outcome if its id is known and Asterisk was restarted since', async () => {
    expect(await follow(300, 'c2c-a-1')).toEqual({
      phase: 'ended',
      outcome: 'unknown',
      vendorStatus: 'INTERROMPIDA',
    });
  });
});

it('a call whose answer was lost is found by the id of its attempt', async () => {
  const result = '|11987654321|1700000000|1700000009|1700000029|ATENDIDA|1001|16|';
  expect(await follow(300, null, result)).toMatchObject({ phase: 'ended', callId: 'c2c-a-1' });
});
