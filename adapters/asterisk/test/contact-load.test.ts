import type { ContextRequestInit } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contactLoad } from '../src/features/contact-load.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
});
const mailing = { mailingId: 'm', queue: '7', parameters: {}, captures: {} };
async function* none() {}

it('the dialer is stopped before contacts are sent: a contact that is sent again after a lost answer could be dialed in between', async () => {
  const asked: string[] = [];
  const context = {
    ...createTestContext(),
    fetch: async (url: string | URL, { method = 'GET' } = {}) => {
      asked.push(`${method} ${new URL(url).pathname}`);
      if (method === 'DELETE') return new Response(null, { status: 204 });
      return new Response('Response: Error\r\nMessage: Authentication failed\r\n\r\n');
    },
  };
  await expect(
    contactLoad(settings).send({ mailing, contacts: none() }, context),
  ).rejects.toMatchObject({ code: 'auth_failed' });
  expect(asked).toEqual(['DELETE /ari/channels/discador-7', 'POST /rawman']);
});

describe('a load of contacts into AstDB', () => {
  const timed = ['7001', '7002', '7003', '7004', '7005', '7006', '7007', '7008', '7009'];
  afterEach(() => void vi.useRealTimers());

  async function* contactsOf(ids: readonly string[]) {
    for (const contactId of ids)
      yield {
        contactId,
        name: 'Maria da Silva',
        cpf: '52998224725',
        phones: [
          { kind: 'mobile' as const, e164: '+5511987654321', areaCode: '11', number: '987654321' },
        ],
        parameters: {},
      };
  }

  /** Sends contacts to an Asterisk that takes back the `lost` ones, as if it could not write them to the disk. @returns what the load gave, and what is in the list then */
  async function send(
    ids: readonly string[],
    lost: readonly string[],
    list = new Set<string>(),
    /** How long Asterisk needs to take a contact, in milliseconds. */
    pace: (contactId: string) => number = () => 300,
  ) {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    const values = new Map<string, string | null>();
    const context = {
      ...createTestContext(),
      fetch: async (_: string | URL, { method, body }: ContextRequestInit = {}) => {
        if (method === 'DELETE') return new Response(null, { status: 204 });
        const action = new URLSearchParams(typeof body === 'string' ? body : '');
        const key = action.get('Key') ?? '';
        const name = action.get('Action');
        const tries = [...list].filter((one) => one.startsWith('~'));
        if (name === 'DBPut') list.add(key);
        if (name === 'DBPut') values.set(key, action.get('Val'));
        if (name === 'DBPut') vi.advanceTimersByTime(pace(key));
        if (name === 'DBDel') list.delete(key);
        if (name === 'DBGetTree') for (const one of lost) list.delete(one);
        const found = name === 'DBGetTree' ? tries : [...list].filter((one) => one === key);
        const lines = found.map(
          (one) => `Key: /finaz/fila/7/${one}\r\nVal: ${values.get(one)}\r\n\r\n`,
        );
        const isMissing = name === 'DBGet' && found.length === 0;
        return new Response(
          `Response: ${isMissing ? 'Error' : 'Success'}\r\n\r\n${lines.join('')}`,
          { headers: { 'set-cookie': 'mansession_id="a1"' } },
        );
      },
    };
    const sent = contactLoad(settings).send({ mailing, contacts: contactsOf(ids) }, context);
    const told = sent.then(
      ({ taken }) => taken,
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(2000);
    return { told: await told, list: [...list] };
  }

  it.each([
    ['the first', ['7001']],
    ['the last', ['7009']],
    ['those of one second', ['7004', '7005', '7006']],
  ])(
    'fails when Asterisk confirms nine contacts but does not write %s to the disk',
    async (_, lost) => {
      const { told } = await send(timed, lost);
      expect(told).toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('has undone'),
      });
    },
  );

  it('fails when contacts are not written to the disk just before Asterisk pauses', async () => {
    const pace = (key: string) => (key === '7004' ? 900 : 50);
    const { told } = await send(timed, ['7002', '7003'], new Set(), pace);
    expect(told).toMatchObject({ code: 'unavailable' });
  });

  it('counts the contacts that Asterisk keeps, and removes pending next tries of these contacts only', async () => {
    const before = new Set(['~1796088088.7001', '~1796088088.7003', '~1796088088..407001']);
    expect(await send(['7001', '7002'], [], before)).toEqual({
      told: 2,
      list: ['~1796088088.7003', '~1796088088..407001', '7001', '7002'],
    });
  });
});

describe('old results in AstDB', () => {
  const now = Date.parse('2026-11-20T15:00:00.000Z');
  const day = 86_400;

  /** Prepares a load for a queue with results of calls that ended this many seconds ago. @returns the ids of the results that were removed */
  async function prepare(ages: readonly number[]): Promise<string[]> {
    const removed: string[] = [];
    const lines = ages.map((age, id) => {
      const ended = now / 1000 - age;
      return `Key: /finaz/res/7/${id}\r\nVal: c|11987654321|${ended}||${ended}|OCUPADO||17|\r\n\r\n`;
    });
    const context = {
      ...createTestContext(),
      now: () => new Date(now),
      fetch: async (_: string | URL, { method, body }: ContextRequestInit = {}) => {
        if (method === 'DELETE') return new Response(null, { status: 204 });
        const action = new URLSearchParams(typeof body === 'string' ? body : '');
        const name = action.get('Action');
        if (name === 'DBDel') removed.push(action.get('Key') ?? '');
        const isTree = name === 'DBGetTree' && action.get('Family') === 'finaz/res/7';
        const value = name === 'Getvar' ? 'Value: 1\r\n' : '';
        return new Response(`Response: Success\r\n${value}\r\n${isTree ? lines.join('') : ''}`, {
          headers: { 'set-cookie': 'mansession_id="a1"' },
        });
      },
    };
    await contactLoad(settings).prepare?.(mailing, context);
    return removed;
  }

  it('are removed before a load if they are more than 60 days old, even 2,500 of them', async () => {
    const ages = Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? 61 : 59) * day);
    expect(await prepare(ages)).toHaveLength(2500);
  });

  it('are removed before a load, the oldest first, beyond the 300,000 that are kept', async () => {
    const ages = Array.from({ length: 300_002 }, (_, index) => (index === 7 ? 2 : 1) * day - index);
    expect(await prepare(ages)).toEqual(['7', '0']);
  });
});
