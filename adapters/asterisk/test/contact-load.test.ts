import type { ContextRequestInit } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contactLoad } from '../src/features/contact-load.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
});
const mailing = { mailingId: 'm', queue: '7', parameters: {}, captures: {} };
async function* none() {}

it('stops the dialer before contacts are sent: what is sent again after a lost answer would have been dialed meanwhile', async () => {
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

describe('results of long ago', () => {
  const now = Date.parse('2026-11-20T15:00:00.000Z');
  const day = 86_400;

  /** Prepares a load where the queue has results that ended so many seconds ago. @returns the ids of those that were taken away */
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

  it('are all taken away before a load, also where a mailing has left many', async () => {
    const ages = Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? 61 : 59) * day);
    expect(await prepare(ages)).toHaveLength(2500);
  });

  it('and the oldest that are more than can be read at once', async () => {
    const ages = Array.from({ length: 300_002 }, (_, index) => (index === 7 ? 2 : 1) * day - index);
    expect(await prepare(ages)).toEqual(['7', '0']);
  });
});
