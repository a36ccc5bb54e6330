import {
  defineAdapter,
  secret,
  TelephonyError,
  type Adapter,
  type AdapterContext,
  type AnsweredCall,
  type Click2CallInput,
  type Features,
  type Finding,
  type FollowCall,
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
import { startVendorServer } from '../src/index.ts';

type Send = (context: AdapterContext, path: string) => Promise<Response>;
type Find = NonNullable<Features['contactLoad']['find']>;

/** What one check says of an adapter that does one thing wrong; nothing where it is content. */
async function complaintOf(
  checkName: string,
  features: (send: Send) => Partial<Features>,
  given: {
    readonly token?: v.GenericSchema<unknown, string>;
    readonly vendor?: Partial<ConformanceVendor>;
    readonly beside?: Omit<Adapter, 'features'>;
  } = {},
): Promise<string> {
  const subject = erased({
    definition: defineAdapter({
      id: 'bad',
      name: 'Bad',
      settings: v.strictObject({ baseUrl: v.string(), token: given.token ?? secret() }),
      create: ({ baseUrl, token }) => ({
        ...given.beside,
        features: features((context, path) =>
          context.fetch(`${baseUrl}${path}`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${token}` },
            signal: context.signal,
          }),
        ),
      }),
    }),
    startVendor: async () => ({ ...(await startConformanceVendor()), ...given.vendor }),
    settings: (baseUrl) => ({ baseUrl, token: 'vendor-token' }),
    settingsWithWrongCredentials: (baseUrl) => ({ baseUrl, token: 'wrong' }),
  });
  const check = conformanceChecks.find(({ name }) => name.includes(checkName));
  if (!check) throw new Error(`there is no check "${checkName}"`);
  const vendor = await subject.startVendor();
  try {
    await check.run(subject, vendor);
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

describe('the conformance suite fails, of what is done once', () => {
  const accepted = { status: 'accepted' } as const;

  it('a call or a transfer that is sent again where its answer was lost', async () => {
    const again = (send: Send, context: AdapterContext) =>
      send(context, '/extensions/1001/transfer').catch(() =>
        send(context, '/extensions/1001/transfer'),
      );
    const told = await complaintOf('transfer sends nothing again', (send) => ({
      transfer: (_, context) => again(send, context).then(() => accepted),
    }));
    expect(told).toMatch(/a POST that got no answer was sent again/);
    const once = await complaintOf('transfer sends nothing again', (send) => ({
      transfer: (_, context) => send(context, '/extensions/1001/transfer').then(() => accepted),
    }));
    expect(once).toBe('');
  });

  it('a call that is told as placed where nobody was asked for it', async () => {
    const told = await complaintOf(
      'click2call is no success',
      (send) => ({
        click2call: (_, context) => send(context, '/calls').then(() => ({ callId: null })),
      }),
      { vendor: { callRequestCount: () => 0 } },
    );
    expect(told).toMatch(/request 1 was answered with status 500, nothing reached the vendor/);
  });

  it('a call that is placed again because a later request has to log in', async () => {
    let count = 0;
    const twice =
      (again: (placed: () => Promise<Response>) => Promise<unknown>) => (send: Send) => ({
        async click2call(_: Click2CallInput, context: AdapterContext) {
          const place = () => {
            count += 1;
            return send(context, '/calls');
          };
          await place();
          const looked = await send(context, '/calls/1');
          if (looked.status === 401) await again(place);
          return { callId: null };
        },
      });
    const asked = 'click2call is asked for once, whichever';
    const vendor = { callRequestCount: () => count };
    expect(
      await complaintOf(
        asked,
        twice((place) => place()),
        { vendor },
      ),
    ).toMatch(/request 2 was told to log in first .* asked for it 2 times/);
    expect(
      await complaintOf(
        asked,
        twice(() => Promise.resolve()),
        { vendor },
      ),
    ).toBe('');
  });

  it('a call that waits for none of its requests', async () => {
    const told = await complaintOf('click2call leaves no request under way', (send) => ({
      click2call: async (_, context) => {
        void send(context, '/calls').catch(() => undefined);
        return { callId: null };
      },
    }));
    expect(told).toMatch(/it ended while a request was under way/);
  });

  it('a call that waits between two requests, whoever has left', async () => {
    const told = await complaintOf(
      'click2call ends as soon as nobody waits any more, between',
      (send) => ({
        click2call: (_, context) =>
          send(context, '/calls').then(() => new Promise<never>(() => undefined)),
      }),
    );
    expect(told).toMatch(/nobody waited any more after request 1, and it went on/);
  });

  it('a call that shows nothing in a preview, or hides what ended it', async () => {
    const preview = 'click2call shows its request in a preview';
    const nothing = () => ({ click2call: async () => ({ callId: null }) });
    expect(await complaintOf(preview, nothing)).toMatch(/it asked for nothing/);
    const hidden = (send: Send) => ({
      click2call: (_: Click2CallInput, context: AdapterContext) =>
        send(context, '/calls').then(
          () => ({ callId: null }),
          () => Promise.reject(new Error('failed')),
        ),
    });
    expect(await complaintOf(preview, hidden)).toMatch(/did not end with what context.fetch threw/);
  });

  it.each([
    [{ extension: '1001', number: '999998888' }, /dialed 999998888: that is somebody else/],
    [{ extension: '1001', number: '55+5541999998888' }, /that is somebody else, or nobody/],
    [{ extension: '1002', number: '041999998888' }, /rang 1002/],
    [{ extension: '1001', number: '041999998888' }, /^$/],
  ])('a call that rings somebody else: %j', async (placed, told) => {
    const calls: (typeof placed)[] = [];
    const features = () => ({
      click2call: async () => {
        calls.push(placed);
        return { callId: '1' };
      },
    });
    const vendor = { placedCalls: () => [...calls] };
    expect(await complaintOf('rings the extension and the number', features, { vendor })).toMatch(
      told,
    );
  });

  it('a transfer that says "answered" of one without an answer', async () => {
    let count = 0;
    const features = () => ({
      transfer: () => {
        count += 1;
        return Promise.reject(new TelephonyError({ code: 'unavailable', message: 'x' }));
      },
    });
    const vendor = { transferRequestCount: () => count };
    expect(await complaintOf('transfer is not repeated', features, { vendor })).toMatch(
      /delivery is answered; whether it happened is unknown/,
    );
  });
});

describe('the conformance suite fails, of logins and statuses', () => {
  it.each([
    ['401', 'refused', /ends in refused, not in auth_failed/],
    ['429', 'refused', /the contacts of a load would count as refused/],
    ['429', 'rate_limited', /retryAfterMs is not there/],
  ] as const)('an adapter that takes %s for %s', async (status, code, told) => {
    const features = (send: Send) => ({
      click2call: async (_: Click2CallInput, context: AdapterContext) => {
        await send(context, '/calls');
        throw new TelephonyError({ code, message: 'no' });
      },
    });
    expect(await complaintOf(`takes status ${status}`, features)).toMatch(told);
  });

  /** The words of a refusal stand for a token: an answer has brought them. */
  const withToken = (isWithheld: boolean, isConcealed: boolean) => () => ({
    click2call: async (_: Click2CallInput, context: AdapterContext) => {
      const at = vendorUrl;
      const answer = await context.fetch(`${at}/calls`, { withholdAnswer: isWithheld });
      const { error } = v.parse(RefusalSchema, await answer.json());
      if (isConcealed) context.conceal?.(error.message);
      await context.fetch(`${at}/ping`, { headers: { Authorization: `Bearer ${error.message}` } });
      return { callId: null };
    },
  });
  const RefusalSchema = v.object({ error: v.object({ message: v.string() }) });
  let vendorUrl = '';

  it.each([
    [false, true, /ask for it with withholdAnswer: true/],
    [true, false, /has not concealed it/],
    [true, true, /^$/],
  ])('a token that is written down: withheld %s, concealed %s', async (held, hidden, told) => {
    const server = await startVendorServer();
    vendorUrl = server.url;
    try {
      expect(await complaintOf('what a login gives out of logs', withToken(held, hidden))).toMatch(
        told,
      );
    } finally {
      await server.close();
    }
  });

  it('a call that is placed with wrong credentials', async () => {
    const features = () => ({ click2call: async () => ({ callId: '1' }) });
    expect(await complaintOf('does nothing with credentials', features)).toMatch(
      /a variable inside create: ended as a success/,
    );
  });

  it('an adapter that never logs in again', async () => {
    let isOver = false;
    const features = () => ({
      recording: async () => {
        if (isOver) throw new TelephonyError({ code: 'auth_failed', message: 'lapsed' });
        return new Response('RIFF');
      },
    });
    const endLogins = () => {
      isOver = true;
    };
    const told = await complaintOf('logs in again', features, { vendor: { endLogins } });
    expect(told).toBe('lapsed');
  });
});

describe('the conformance suite fails, of recordings and what stands beside features', () => {
  it('a recording that is cut off where a call is long', async () => {
    const features = (send: Send) => ({
      recording: (_: object, context: AdapterContext) => send(context, '/calls/1/recording'),
    });
    expect(await complaintOf('as much as a long call has', features)).toMatch(
      /takes no more than 1048576 bytes of it/,
    );
  });

  it.each([
    [() => new Response('RIFF-audio', { status: 206 }), /gave status 206, Content-Range "" and 10/],
    [() => new Response('FF-a'), /gave status 200/],
    [
      () => new Response('FF-a', { status: 206, headers: { 'Content-Range': 'bytes 2-5/10' } }),
      /^$/,
    ],
    [() => new Response('RIFF-audio'), /^$/],
  ])('a recording whose part is another one', async (part, told) => {
    const features = () => ({
      recording: async ({ range }: { readonly range?: string }) =>
        range === undefined ? new Response('RIFF-audio') : part(),
    });
    expect(await complaintOf('the part that was asked for', features)).toMatch(told);
  });

  it('an outcome that is not what its status means', async () => {
    const told = await complaintOf('attempts that can be kept', report({ outcome: 'busy' }));
    expect(told).toMatch(/"OK" has the outcome busy, and outcomeOf says answered/);
  });

  it('findings that are none, or without a mend, or fine with wrong credentials', async () => {
    const toldOf = (...found: readonly Finding[]) =>
      complaintOf('diagnose gives findings', none, {
        beside: {
          async *diagnose() {
            yield* found;
          },
        },
      });
    expect(await toldOf()).toMatch(/it found nothing/);
    const broken = { check: 'queue', state: 'broken', message: 'gone' } as const;
    expect(await toldOf(broken)).toMatch(/the finding "queue" is broken and has no mend/);
    expect(await toldOf({ ...broken, message: '' })).toMatch(/diagnose gave is not a valid result/);
    expect(await toldOf({ ...broken, state: 'ok' })).toMatch(/it finds nothing wrong/);
    expect(await toldOf({ ...broken, mend: 'add it' })).toBe('');
  });

  it('a look after a call that takes an error for its absence, or places another', async () => {
    let calls = 0;
    const toldOf = (followCall: FollowCall) =>
      complaintOf(
        'followCall tells where',
        () => ({ click2call: async () => ({ callId: String((calls += 1)) }) }),
        { beside: { followCall }, vendor: { callRequestCount: () => calls } },
      );
    expect(await toldOf(async () => undefined)).toMatch(/it would be placed again/);
    expect(
      await toldOf(async () => {
        calls += 1;
        return { phase: 'talking' };
      }),
    ).toMatch(/followCall placed a call/);
    expect(
      await toldOf(async (_, context) => {
        await context.fetch('http://127.0.0.1:9').catch(() => undefined);
        return { phase: 'talking' };
      }),
    ).toMatch(/answered with status 500 it tells how the call stands/);
    expect(
      await toldOf(() =>
        Promise.reject(new TelephonyError({ code: 'not_found', message: 'nobody knows' })),
      ),
    ).toBe('');
  });
});
