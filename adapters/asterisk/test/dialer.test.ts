import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { contactLoad } from '../src/features/dialer.ts';
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
