import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { dialerResults } from '../src/features/dialer-results.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
});
const mailing = { mailingId: 'm', queue: '7', parameters: {}, captures: {} };
const now = Date.parse('2026-11-20T15:00:00.000Z');
const period = { from: new Date(now - 3_600_000), to: new Date(now) };
/** Seconds since 1970, by the clock of the server. */
const inSeconds = (seconds: number) => now / 1000 + seconds;

/** Reads from an Asterisk with these entries in AstDB, whose dialer is stopped; the calls in `live` go on. @returns the outcomes */
async function read(
  entries: Readonly<Record<string, string>>,
  live: readonly string[] = [],
  /** The entries from the second reading on. */
  later = entries,
): Promise<string[]> {
  let looks = 0;
  const context = {
    ...createTestContext(),
    fetch: async (url: string | URL, init?: { readonly body?: unknown }) => {
      const { pathname } = new URL(url);
      const [, channel] = /^\/ari\/channels\/(.+)/.exec(pathname) ?? [];
      if (channel !== undefined)
        return Response.json({}, { status: live.includes(channel) ? 200 : 404 });
      const body = new URLSearchParams(String(init?.body));
      const family = `/${body.get('Family')}/`;
      const isTree = body.get('Action') === 'DBGetTree';
      if (body.get('Action') === 'Login') looks += 1;
      const found = Object.entries(looks > 1 ? later : entries).filter(
        ([key]) => isTree && key.startsWith(family),
      );
      const lines = found.map(([key, value]) => `Key: ${key}\r\nVal: ${value}\r\n\r\n`);
      const value = body.get('Action') === 'Getvar' ? 'Value: run-1\r\n' : '';
      return new Response(`Response: Success\r\n${value}\r\n${lines.join('')}`, {
        headers: { 'set-cookie': 'mansession_id="a1"' },
      });
    },
  };
  const outcomes: string[] = [];
  for await (const { outcome } of dialerResults(settings).read({ mailing, period }, context))
    outcomes.push(outcome);
  return outcomes;
}

describe('an Asterisk whose clock is ahead', () => {
  const begun = inSeconds(90);

  it('returns results that it dates after the end of the period', async () => {
    const busy = `7001|11987654321|${begun}||${begun}|OCUPADO||17|`;
    expect(await read({ '/finaz/res/7/a': busy })).toEqual(['busy']);
  });

  it('makes results wait for a live call that it dates after the end of the period', async () => {
    const dialed = `7001|11987654321||0|${begun}|run-1|call-1`;
    await expect(read({ '/finaz/curso/7/7001': dialed }, ['call-1'])).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

it('dialer results leave out attempts from before the mailing', async () => {
  const before = inSeconds(-3700);
  expect(
    await read({ '/finaz/res/7/a': `7001|11987654321|${before}||${before}|OCUPADO||17|` }),
  ).toEqual([]);
});

it('dialer results wait for a live call even if a reload has changed the run id, and list it as unknown once it is gone', async () => {
  const dialed = `7001|11987654321||0|${inSeconds(-60)}|run-0|call-1`;
  await expect(read({ '/finaz/curso/7/7001': dialed }, ['call-1'])).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(await read({ '/finaz/curso/7/7001': dialed })).toEqual(['unknown']);
});

describe('a call that ends while results are read', () => {
  const begun = inSeconds(-60);
  const dialed = { '/finaz/curso/7/7001': `7001|11987654321||0|${begun}|run-1|call-1` };

  it('is listed with the result it has left: nobody would ask for that later', async () => {
    const answered = `7001|11987654321|${begun}|${begun}|${begun}|ATENDIDA|1001|16|`;
    expect(await read(dialed, [], { '/finaz/res/7/call-1': answered })).toEqual(['answered']);
  });

  it('is listed as unknown if it has left no result', async () => {
    expect(await read(dialed)).toEqual(['unknown']);
  });

  it('is not listed if the contact was taken and never dialed', async () => {
    expect(await read({ '/finaz/curso/7/7001': `7001|11987654321||0|${begun}|run-1` })).toEqual([]);
  });
});
