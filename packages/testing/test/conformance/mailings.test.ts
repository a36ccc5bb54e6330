import type { AdapterContext, Features, ReportedAttempt } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { complaintOfFeatures, type Send } from './complaint-of.ts';

type Find = NonNullable<Features['contactLoad']['find']>;

const load = (send: Features['contactLoad']['send']) => () => ({
  contactLoad: {
    unit: 'batch',
    batch: { size: 50, weigh: () => 1 },
    repeatable: false,
    send,
  } as const,
});
const looking = (find: Find) => () => ({
  contactLoad: { ...load(async () => ({ rejected: [] }))().contactLoad, find },
});
const report = (attempt: Partial<ReportedAttempt>) => () => ({
  dialerResults: {
    outcomeOf: (word: string) => (word === 'OK' ? ('answered' as const) : ('unknown' as const)),
    async *read() {
      yield {
        areaCode: '41',
        number: '999998888',
        at: new Date().toISOString(),
        outcome: 'answered' as const,
        vendorStatus: 'OK',
        ...attempt,
      };
    },
  },
});

describe('the conformance suite fails', () => {
  it('a load that tells a refusal under an id of its own, or refuses all', async () => {
    const vendor = {};
    const foreign = load(async () => ({ rejected: [{ contactId: '1', vendor }] }));
    expect(await complaintOfFeatures('whether it was taken', foreign)).toMatch(
      /it would count as loaded/,
    );
    const all = load(async ({ contacts }) => {
      const rejected = [];
      for await (const { contactId } of contacts) rejected.push({ contactId, vendor });
      return { rejected };
    });
    expect(await complaintOfFeatures('whether it was taken', all)).toMatch(
      /none of 3 sound contacts/,
    );
    const much = load(async () => ({ rejected: [], taken: -1 }));
    expect(await complaintOfFeatures('whether it was taken', much)).toMatch(/-1 contacts are said/);
  });

  it('a load that is sent again, or takes a page for an answer', async () => {
    const twice = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts').catch(() => send(context, '/queues/7/contacts'));
        return { rejected: [] };
      })();
    expect(await complaintOfFeatures('contactLoad is not repeated', twice)).toMatch(
      /2 requests for one load/,
    );
    const any = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts');
        return { rejected: [] };
      })();
    expect(await complaintOfFeatures('contactLoad never takes a page', any)).toMatch(
      /ended as a success/,
    );
  });

  it('a load that loses a contact, sends one twice, or turns them round', async () => {
    const sound = load(async () => ({ rejected: [] }));
    const toldOf = (digits: string) =>
      complaintOfFeatures('brings each contact once', sound, {
        vendor: { loadedContacts: () => digits.split('').map((digit) => `conformance-${digit}`) },
      });
    expect(await toldOf('123')).toBe('');
    expect(await toldOf('12')).toMatch(/the vendor has conformance-1, conformance-2$/);
    expect(await toldOf('1223')).toMatch(/conformance-2, conformance-2, conformance-3$/);
    expect(await toldOf('321')).toMatch(/the vendor has conformance-3, /);
  });

  it('a look for contacts that finds none, all, or numbers', async () => {
    const toldOf = (find: Find) =>
      complaintOfFeatures('tells contacts that are there', looking(find));
    const idsOf: Find = async (_, contacts) => new Set(contacts.map(({ contactId }) => contactId));
    const isLoaded = (id: string) => id !== 'conformance-4';
    expect(
      await toldOf(async (...given) => new Set([...(await idsOf(...given))].filter(isLoaded))),
    ).toBe('');
    expect(await toldOf(async () => new Set())).toMatch(/conformance-1 .* would be sent again/);
    expect(await toldOf(idsOf)).toMatch(/conformance-4 .* would never be dialed/);
  });

  it('what takes an error status for a success, by name', async () => {
    const careless = (send: Send) => ({
      ...load(async (_, context) => {
        await send(context, '/queues/7/contacts');
        return { rejected: [] };
      })(),
      contactClear: async (_: unknown, context: AdapterContext) => {
        await send(context, '/queues/7/contacts');
        return {};
      },
      // Asks for nothing, so it was not told no.
      transfer: async () => ({ status: 'accepted' as const }),
    });
    expect(await complaintOfFeatures('takes no error of the vendor', careless)).toBe(
      'contactClear, contactLoad answered with status 500: ended as a success',
    );
    expect(await complaintOfFeatures('takes no page for a queue', careless)).toBe(
      'contactClear answered with a page: ended as a success',
    );
  });

  it('a look for contacts that takes a page for none', async () => {
    const careless = (send: Send) =>
      looking(async (_, __, context) => {
        await send(context, '/queues/7/contacts');
        return new Set();
      })();
    expect(await complaintOfFeatures('takes no page for a queue', careless)).toBe(
      'contactLoad.find answered with a page: ended as a success',
    );
  });

  it.each([
    [{ at: '28/11/2026 10:00' }, /an attempt has at: /],
    [{ duration: -4 }, /an attempt has duration: /],
    [{ callId: '' }, /an attempt has callId: call id is empty/],
  ])('a report with an attempt that cannot be kept: %j', async (attempt, complaint) => {
    expect(await complaintOfFeatures('attempts that can be kept', report(attempt))).toMatch(
      complaint,
    );
    expect(await complaintOfFeatures('attempts that can be kept', report({}))).toBe('');
  });

  it('a report whose times are of another zone', async () => {
    const at = new Date(Date.now() - 3 * 3_600_000).toISOString();
    expect(await complaintOfFeatures('attempts that can be kept', report({ at }))).toMatch(
      /no attempt is of the period .* look at its time zone/,
    );
  });

  it('a report that takes a page for one', async () => {
    expect(await complaintOfFeatures('takes a page for a report', report({}))).toMatch(
      /as a success/,
    );
  });

  it('an outcome that is not what its status means', async () => {
    const told = await complaintOfFeatures(
      'attempts that can be kept',
      report({ outcome: 'busy' }),
    );
    expect(told).toMatch(/"OK" has the outcome busy, and outcomeOf says answered/);
  });
});
