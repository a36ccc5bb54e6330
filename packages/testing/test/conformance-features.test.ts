import {
  defineAdapter,
  secret,
  TelephonyError,
  type AdapterContext,
  type AnsweredCall,
  type Click2CallInput,
  type Features,
  type ReportedAttempt,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  conformanceChecks,
  erased,
  startConformanceVendor,
  type ConformanceVendor,
} from '../src/conformance/index.ts';

type Send = (context: AdapterContext, path: string) => Promise<Response>;
type Find = NonNullable<Features['contactLoad']['find']>;

/** What one check says of an adapter that does one thing wrong; nothing where it is content. */
async function complaintOf(
  checkName: string,
  features: (send: Send) => Partial<Features>,
  given: {
    readonly token?: v.GenericSchema<unknown, string>;
    readonly vendor?: Partial<ConformanceVendor>;
  } = {},
): Promise<string> {
  const subject = erased({
    definition: defineAdapter({
      id: 'bad',
      name: 'Bad',
      settings: v.strictObject({ baseUrl: v.string(), token: given.token ?? secret() }),
      create: ({ baseUrl, token }) => ({
        features: features((context, path) =>
          context.fetch(`${baseUrl}${path}`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${token}` },
            signal: context.signal,
          }),
        ),
      }),
    }),
    startVendor: startConformanceVendor,
    settings: (baseUrl) => ({ baseUrl, token: 'vendor-token' }),
    settingsWithWrongCredentials: (baseUrl) => ({ baseUrl, token: 'wrong' }),
  });
  const check = conformanceChecks.find(({ name }) => name.includes(checkName));
  if (!check) throw new Error(`there is no check "${checkName}"`);
  const vendor = await subject.startVendor();
  try {
    await check.run(subject, { ...vendor, ...given.vendor });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await vendor.close();
  }
}

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
    outcomeOf: () => 'unknown' as const,
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
const none = () => ({});

describe('the conformance suite fails', () => {
  it('an adapter whose credential is no secret', async () => {
    const told = await complaintOf('marks its credentials', none, { token: v.string() });
    expect(told).toMatch(/^settings.token decides .* write secret\(\)/);
    expect(await complaintOf('marks its credentials', none)).toBe('');
    const token = v.pipe(secret(), v.minLength(3));
    expect(await complaintOf('marks its credentials', none, { token })).toBe('');
  });

  it('a load that tells a refusal under an id of its own, or refuses all', async () => {
    const vendor = {};
    const foreign = load(async () => ({ rejected: [{ contactId: '1', vendor }] }));
    expect(await complaintOf('whether it was taken', foreign)).toMatch(/it would count as loaded/);
    const all = load(async ({ contacts }) => {
      const rejected = [];
      for await (const { contactId } of contacts) rejected.push({ contactId, vendor });
      return { rejected };
    });
    expect(await complaintOf('whether it was taken', all)).toMatch(/none of 3 sound contacts/);
    const much = load(async () => ({ rejected: [], taken: -1 }));
    expect(await complaintOf('whether it was taken', much)).toMatch(/-1 contacts are said/);
  });

  it('a load that is sent again, or takes a page for an answer', async () => {
    const twice = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts').catch(() => send(context, '/queues/7/contacts'));
        return { rejected: [] };
      })();
    expect(await complaintOf('contactLoad is not repeated', twice)).toMatch(
      /2 requests for one load/,
    );
    const any = (send: Send) =>
      load(async (_, context) => {
        await send(context, '/queues/7/contacts');
        return { rejected: [] };
      })();
    expect(await complaintOf('contactLoad never takes a page', any)).toMatch(/ended as a success/);
  });

  it('a load that loses a contact, sends one twice, or turns them round', async () => {
    const sound = load(async () => ({ rejected: [] }));
    const toldOf = (digits: string) =>
      complaintOf('brings each contact once', sound, {
        vendor: { loadedContacts: () => digits.split('').map((digit) => `conformance-${digit}`) },
      });
    expect(await toldOf('123')).toBe('');
    expect(await toldOf('12')).toMatch(/the vendor has conformance-1, conformance-2$/);
    expect(await toldOf('1223')).toMatch(/conformance-2, conformance-2, conformance-3$/);
    expect(await toldOf('321')).toMatch(/the vendor has conformance-3, /);
  });

  it('a look for contacts that finds none, all, or numbers', async () => {
    const toldOf = (find: Find) => complaintOf('tells contacts that are there', looking(find));
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
    expect(await complaintOf('takes no error of the vendor', careless)).toBe(
      'contactClear, contactLoad answered with status 500: ended as a success',
    );
    expect(await complaintOf('takes no page for a queue', careless)).toBe(
      'contactClear answered with a page: ended as a success',
    );
  });

  it('a look for contacts that takes a page for none', async () => {
    const careless = (send: Send) =>
      looking(async (_, __, context) => {
        await send(context, '/queues/7/contacts');
        return new Set();
      })();
    expect(await complaintOf('takes no page for a queue', careless)).toBe(
      'contactLoad.find answered with a page: ended as a success',
    );
  });

  it('a call that writes into what it is given', async () => {
    const features = () => ({
      click2call: async ({ parameters }: Click2CallInput) => {
        Object.assign(parameters, { sent: true });
        return { callId: 'c-1' };
      },
    });
    expect(await complaintOf('places a call', features)).toMatch(/sent.* not extensible/);
  });

  it.each([
    [{ at: '28/11/2026 10:00' }, /an attempt has at: /],
    [{ duration: -4 }, /an attempt has duration: /],
    [{ callId: '' }, /an attempt has callId: call id is empty/],
  ])('a report with an attempt that cannot be kept: %j', async (attempt, complaint) => {
    expect(await complaintOf('attempts that can be kept', report(attempt))).toMatch(complaint);
    expect(await complaintOf('attempts that can be kept', report({}))).toBe('');
  });

  it('a report whose times are of another zone', async () => {
    const at = new Date(Date.now() - 3 * 3_600_000).toISOString();
    expect(await complaintOf('attempts that can be kept', report({ at }))).toMatch(
      /no attempt is of the period .* look at its time zone/,
    );
  });

  it('a report that takes a page for one', async () => {
    expect(await complaintOf('takes a page for a report', report({}))).toMatch(/as a success/);
  });

  it('events of what is none, and none of what is one', async () => {
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const always = () => ({ answeredCall: async () => ({ events: [event] }) });
    expect(await complaintOf('takes nothing else', always)).toMatch(/ends in 1 events/);
    const careless = () => ({
      answeredCall: async (request: Request) => {
        await request.json();
        return { events: [] };
      },
    });
    expect(await complaintOf('takes nothing else', careless)).toMatch(/SyntaxError.*, not in/);
    const vendor = {
      answeredEvent: () => new Request('https://host.example/', { method: 'POST' }),
    };
    const deaf = () => ({ answeredCall: async () => ({ events: [] }) });
    expect(await complaintOf('the event that the vendor sends', deaf, { vendor })).toMatch(
      /read no event/,
    );
    const odd = () => ({
      answeredCall: async () => ({ events: [{ ...event, number: '(41) 99999-8888' }] }),
    });
    expect(await complaintOf('the event that the vendor sends', odd, { vendor })).toMatch(
      /an event has number: /,
    );
  });

  it('an event that is lost, or read for another extension, and one that nobody signed', async () => {
    const event = { contactId: '7001', number: '41999998888', callId: 'c-1', extension: '1001' };
    const features = () => ({ answeredCall: async () => ({ events: [event] }) });
    const request = () => new Request('https://host.example/', { method: 'POST' });
    const toldOf = (calls: readonly AnsweredCall[]) =>
      complaintOf('the event that the vendor sends', features, {
        vendor: { answeredEvent: request, answeredCalls: () => calls },
      });
    expect(await toldOf([event])).toBe('');
    expect(await toldOf([event, { ...event, callId: 'c-2' }])).toMatch(/told of .*; contact 7001/);
    expect(await toldOf([{ ...event, extension: '1002' }])).toMatch(
      /told of .* extension 1002, and read was .* extension 1001;/,
    );
    const vendor = { forgedEvent: request };
    expect(await complaintOf('whose signature is wrong', features, { vendor })).toBe(
      'an event whose signature is wrong: ended as a success',
    );
  });

  it('a call of two requests that says not_sent of the whole', async () => {
    let sent = 0;
    const features = (send: Send) => ({
      click2call: async (_: unknown, context: AdapterContext) => {
        await send(context, '/ping');
        sent += 1;
        await send(context, '/ping');
        return { callId: 'c-1' };
      },
    });
    const vendor = { callRequestCount: () => sent };
    expect(await complaintOf('never says that nothing was sent', features, { vendor })).toMatch(
      /pass it through afterSending/,
    );
  });

  it('a recording that goes on when nobody waits any more', async () => {
    const features = () => ({ recording: () => new Promise<Response>(() => undefined) });
    expect(await complaintOf('everything that waits', features)).toBe('recording went on');
  });

  it('a recording that is fetched by a way of its own', async () => {
    const ownFetch = fetch;
    const features = (send: Send) => ({
      recording: async (_: unknown, context: AdapterContext) => {
        await send({ ...context, fetch: (url) => ownFetch(url) }, '/ping');
        return new Response('RIFF');
      },
    });
    expect(await complaintOf('nothing goes out by another way', features)).toBe(
      'recording: a request reached the vendor by another way than context.fetch',
    );
  });

  it('a vendor’s own fault told as the adapter’s', async () => {
    const features = () => ({
      transfer: () =>
        Promise.reject(new TelephonyError({ code: 'internal', message: 'something' })),
    });
    expect(await complaintOf('where there is no call', features)).toMatch(
      /a transfer without a call: something/,
    );
  });
});

it('gives a transfer by the id of a call what the vendor tells of it', async () => {
  const told: unknown[] = [];
  const features = () => ({
    transfer: async ({ callId, call }: { callId: string | null; call?: unknown }) => {
      told.push(callId, call);
      return { status: 'accepted' as const };
    },
  });
  const call = { callId: 'c-7', captures: { leg: 'l-1' } };
  expect(await complaintOf('hands over', features, { vendor: { connectCall: () => call } })).toBe(
    '',
  );
  expect(told).toEqual(['c-7', call]);
});
