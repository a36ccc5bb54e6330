import {
  startThreeCPlus,
  startTotalVoice,
  startVicidial,
} from '@finaz-telephony/testing/simulators';
import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { mailing } from '../support/mailings.ts';
import { people, startProfileHost, type ProfileHost } from '../support/profile-host.ts';

let host: ProfileHost | undefined;
afterEach(() => host?.stop());

const AttemptsShape = v.looseObject({
  attempts: v.array(
    v.looseObject({
      contactId: v.nullable(v.string()),
      outcome: v.string(),
      vendorStatus: v.string(),
    }),
  ),
});

interface Dialed {
  readonly host: ProfileHost;
  readonly queue: string;
  readonly dial: () => Promise<void> | void;
}

async function vicidial(): Promise<Dialed> {
  const vendor = await startVicidial();
  const settings = {
    profile: 'vicidial',
    baseUrl: vendor.url,
    variables: { user: vendor.user, pass: '${secret:vicidial}' },
  };
  return {
    host: await startProfileHost(
      vendor,
      settings,
      ['contactLoad', 'contactClear', 'dialerResults'],
      { vicidial: vendor.pass },
    ),
    queue: '101',
    dial: async () => {
      await vendor.dial('101');
    },
  };
}

async function threeCPlus(): Promise<Dialed> {
  const vendor = await startThreeCPlus();
  const settings = {
    profile: 'three-c-plus',
    baseUrl: `${vendor.url}/api/v1`,
    variables: { token: '${secret:manager}' },
  };
  return {
    host: await startProfileHost(
      vendor,
      settings,
      ['contactLoad', 'contactClear', 'dialerResults'],
      { manager: vendor.token },
    ),
    queue: '42',
    dial: () => {
      vendor.dial('42');
    },
  };
}

async function totalVoice(): Promise<Dialed> {
  const vendor = await startTotalVoice();
  const settings = {
    profile: 'totalvoice',
    baseUrl: vendor.url,
    variables: { token: '${secret:totalvoice}', answerNumber: '+554133330000' },
  };
  return {
    host: await startProfileHost(vendor, settings, ['contactLoad', 'dialerResults'], {
      totalvoice: vendor.token,
    }),
    queue: '7',
    dial: () => {
      vendor.finish();
    },
  };
}

/** The last two digits of a number tell the simulators the outcome of its call. */
const numbers = {
  'crm-1': ['41999990001'],
  'crm-2': ['41999990010'],
  'crm-3': ['41999990020'],
};
const outcomes = { 'crm-1': 'answered', 'crm-2': 'busy', 'crm-3': 'no_answer' };

describe('a mailing that was loaded, dialed and deactivated', () => {
  it.each([
    ['VICIdial', vicidial],
    ['3C Plus', threeCPlus],
    ['TotalVoice', totalVoice],
  ] as const)(
    "brings each contact's outcome once, also if the results are fetched again: %s",
    async (_name, start) => {
      const { host: on, queue, dial } = await start();
      host = on;
      const id = await on.load(queue, people(numbers));
      expect(await mailing(on, id)).toMatchObject({ state: 'active', sent: 3, inDoubt: 0 });
      await dial();
      expect((await on.tenant(`/mailings/${id}/deactivate`, { method: 'POST' })).status).toBe(202);
      await expect
        .poll(async () => (await mailing(on, id)).state, { timeout: 60_000, interval: 50 })
        .toBe('finished');
      const read = async () =>
        (await jsonOf(await on.tenant(`/mailings/${id}/results`), AttemptsShape)).attempts;
      const attempts = await read();
      expect(
        Object.fromEntries(attempts.map(({ contactId, outcome }) => [contactId, outcome])),
      ).toEqual(outcomes);
      expect(attempts).toHaveLength(3);
      const again = await on.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
      expect(again.status).toBe(202);
      const SummaryShape = v.looseObject({ state: v.string(), attempts: v.number() });
      await expect
        .poll(
          async () => jsonOf(await on.tenant(`/mailings/${id}/results/summary`), SummaryShape),
          {
            timeout: 15_000,
            interval: 50,
          },
        )
        .toMatchObject({ state: 'complete', attempts: 3 });
      expect(await read()).toEqual(attempts);
    },
  );
});
