import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { askAri } from '../src/ari.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
});

describe('an answer of ARI that refuses', () => {
  it.each([
    ['Write access denied', /may only read/, /read_only=no/],
    ['Access denied by ACL', /from the address of this host/, /permit/],
  ])('says what is to be mended: %s', async (words, message, hint) => {
    const context = {
      ...createTestContext(),
      fetch: async () => Response.json({ message: words }, { status: 403 }),
    };
    const told = askAri({ settings, context, feature: undefined }, 'POST', '/channels', {});
    await expect(told).rejects.toMatchObject({
      code: 'auth_failed',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
