import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { inAmiSession } from '../src/ami.ts';
import { askAri } from '../src/ari.ts';
import { checkQueue } from '../src/check-queue.ts';
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

describe('what stands in front of Asterisk', () => {
  it.each([
    [429, { code: 'rate_limited', retryable: true, retryAfterMs: 7000 }],
    [401, { code: 'auth_failed' }],
  ])('is told from Asterisk where it answers with status %i', async (status, told) => {
    const headers = { 'Retry-After': '7' };
    const fetch = async () => new Response('Slow down.', { status, headers });
    const work = { settings, context: { ...createTestContext(), fetch }, feature: undefined };
    await expect(inAmiSession(work, async () => undefined)).rejects.toMatchObject(told);
    await expect(askAri(work, 'POST', '/channels', {})).rejects.toMatchObject(told);
  });
});

describe('an Asterisk that is starting', () => {
  /** What its web server says before the interface is there. */
  const notYet = async () => new Response('<html>Not Found</html>', { status: 404 });
  const work = {
    settings,
    context: { ...createTestContext(), fetch: notYet },
    feature: undefined,
  };

  it('is asked again later: it was taken for one that is not set up, and a mailing stopped', async () => {
    for (const told of [
      askAri(work, 'POST', '/channels', {}),
      inAmiSession(work, async () => undefined),
    ])
      await expect(told).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('does not know its queues yet', async () => {
    const answering = (value: string) =>
      checkQueue(
        async () => ({ isSuccess: true, message: '', text: `Value: ${value}\r\n` }),
        '100',
        'contactLoad',
      );
    await expect(answering('')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await expect(answering('0')).rejects.toMatchObject({ code: 'not_found' });
    await expect(answering('1')).resolves.toBeUndefined();
  });
});
